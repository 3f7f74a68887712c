"""The choice between ends, and what a search is given."""

from __future__ import annotations

import numpy as np
import pytest

from emcli.core.fit.acceleration import hybrid
from emcli.core.fit.asking import Answer, Question, drive, together
from emcli.core.fit.climbs import Step
from emcli.core.fit.search import ClimbPath, LocalOptimum, Rules, Search, distinct, preferred
from emcli.core.fit.starts import STARTS, StartContext
from emcli.core.fit.stopping import Outcome, StopReason
from emcli.core.judge.degeneracy import Soundness
from emcli.core.model.mixture import Collapsed

from ..grounds import clusters, context, problem

GROUND = context(problem(clusters(60, 2)))
THETA = GROUND.copied(1)


def end(likelihood: float, left_out: float, **signs: bool) -> LocalOptimum:
    usual = {"at_floor": False, "few_rows": False, "tiny_eigenvalue": False, "fragile": False}
    outcome = Outcome(Step(1, THETA, likelihood, 0.0, 0.0), StopReason.TOLERANCE, (likelihood,))
    soundness = Soundness(leave_one_out=left_out, smallest_count=9.0, **{**usual, **signs})
    found = LocalOptimum(ClimbPath(THETA), outcome, GROUND)
    vars(found)["soundness"] = soundness  # as if it had been looked into
    return found


def test_of_sound_ends_the_most_likely_is_preferred() -> None:
    low, high = end(-20.0, -25.0), end(-10.0, -30.0)
    assert preferred([low, high]) is high


def test_a_suspicious_end_does_not_win_by_its_likelihood() -> None:
    sound, spike = end(-20.0, -25.0), end(-10.0, -40.0, tiny_eigenvalue=True)
    assert preferred([sound, spike]) is sound


def test_a_suspicious_end_wins_if_it_predicts_left_out_rows_better() -> None:
    sound, small = end(-20.0, -25.0), end(-10.0, -15.0, few_rows=True)
    assert preferred([sound, small]) is small


def test_an_end_at_the_floor_never_beats_one_that_stands_by_itself() -> None:
    sound, held = end(-20.0, -25.0), end(-10.0, 100.0, at_floor=True)
    assert preferred([sound, held]) is sound
    assert preferred([held]) is held


def test_ends_closer_than_a_hundredth_are_one_optimum() -> None:
    ends = [end(-10.0, -11.0), end(-10.005, -11.0), end(-10.5, -11.0)]
    assert [found.log_likelihood for found in distinct(ends)] == [-10.0, -10.5]


def search(n_starts: int = 2, seed: int = 0) -> Search:
    rules = Rules(n_starts, 1000, 1e-6, "loglik", hybrid, STARTS["auto"])
    return Search(GROUND, rules, np.random.default_rng(seed))


def test_a_search_finds_the_same_ends_alone_and_beside_others() -> None:
    alone, audit = drive(search().run(2))
    others = [search(seed=number + 1).run(k) for number, k in enumerate((1, 2, 3))]
    (beside, told), *_ = drive(together([search().run(2), *others]))
    assert [end.log_likelihood for end in beside] == [end.log_likelihood for end in alone]
    np.testing.assert_array_equal(beside[0].theta, alone[0].theta)
    assert told == audit


def test_a_given_mixture_is_a_start_and_one_that_is_a_component_short_is_split() -> None:
    (one_component, *_), _ = drive(search().run(1))
    (two, *_), _ = drive(search().run(2))
    for given in (two.theta, one_component.theta):
        (best, *_), _ = drive(search().run(2, [given]))
        assert best.log_likelihood >= two.log_likelihood - 0.01


def test_a_search_of_which_every_start_collapses_says_so() -> None:
    def nonsense(questions: list[Question]) -> list[Answer]:
        return [Answer(np.nan, q.theta, q.theta, False, True, 0.0, 0.0) for q in questions]

    lost = search()
    lost.context = StartContext(GROUND.sample, GROUND.model, nonsense)
    with pytest.raises(Collapsed, match="every start collapsed"):
        drive(lost.run(2))
    assert lost.failed > 0
