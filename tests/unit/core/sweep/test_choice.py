"""Which candidate is taken, and what counts as too close to call."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import numpy as np

from emcli.core.sweep.choice import CRITERIA, RULES, near_ties, ranked
from emcli.core.sweep.heldout import HeldOut
from emcli.core.sweep.scores import Candidate, Score

NOISE = np.random.default_rng(3).normal(size=100)


def score(k: int, p: int, bic: float, level: float | None = None, *, floor: bool = False, place: int = 0) -> Score:
    """A candidate with p parameters whose held-out rows have mean `level` and standard error 0.1."""
    fitted = SimpleNamespace(
        n_parameters=p,
        criteria=SimpleNamespace(bic=bic, aic=bic, icl=bic),
        soundness=SimpleNamespace(at_floor=floor),
    )
    noise = (NOISE - NOISE.mean()) / NOISE.std(ddof=1)
    held_out = None if level is None else HeldOut(level + noise, np.ones(100))
    return Score(Candidate(k, "full", place), cast(Any, fitted), held_out=held_out)


def test_the_lowest_bic_comes_first_and_of_equal_ones_the_one_with_fewer_parameters() -> None:
    order = ranked([score(1, 2, 50.0), score(3, 8, 40.0), score(2, 5, 40.0)], CRITERIA["bic"])
    assert [one.k for one in order] == [2, 3, 1]


def test_a_candidate_that_a_floor_holds_up_is_not_compared_unless_all_are() -> None:
    held_up, sound = score(5, 14, 10.0, floor=True), score(2, 5, 40.0)
    assert ranked([held_up, sound], CRITERIA["bic"]) == [sound]
    assert ranked([held_up], CRITERIA["bic"]) == [held_up]


def test_a_candidate_without_an_answer_is_not_compared() -> None:
    assert ranked([Score(Candidate(9, "full"), reason="too few rows")], CRITERIA["bic"]) == []
    assert ranked([score(2, 5, 40.0)], CRITERIA["heldout"]) == []


def test_one_standard_error_takes_the_simplest_that_is_as_good() -> None:
    order = ranked([score(1, 2, 0, -2.0), score(2, 5, 0, -1.05), score(3, 8, 0, -1.0)], CRITERIA["heldout"])
    assert RULES["best"](order).k == 3
    assert RULES["1se"](order).k == 2


def test_two_units_of_bic_are_a_near_tie_and_more_are_not() -> None:
    chosen, near, far = score(3, 8, 100.0), score(4, 11, 101.2), score(5, 14, 103.0)
    (tie,) = near_ties([chosen, near, far], chosen, CRITERIA["bic"])
    assert tie.other is near and abs(tie.difference - 1.2) < 1e-9


def test_the_same_model_under_two_names_is_no_tie() -> None:
    chosen, same = score(3, 8, 100.0), score(3, 8, 100.0, place=1)
    assert near_ties([chosen, same], chosen, CRITERIA["bic"]) == []


def test_held_out_values_tie_when_the_difference_row_by_row_is_within_its_error() -> None:
    chosen, other = score(3, 8, 0, -1.0), score(4, 11, 0, -1.001)
    assert near_ties([chosen, other], chosen, CRITERIA["heldout"]) == []  # the same noise: the difference is certain
    assert other.held_out is not None
    shuffled = HeldOut(other.held_out.log_density[::-1].copy(), np.ones(100))
    noisy = Score(other.candidate, other.fitted, held_out=shuffled)
    (tie,) = near_ties([chosen, noisy], chosen, CRITERIA["heldout"])
    assert tie.error is not None and abs(tie.difference) < tie.error
