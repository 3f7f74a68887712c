"""Aitken's prediction, and the rules that end a climb."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from emcli.core.fit.asking import Answer, Question, drive
from emcli.core.fit.climbs import RULES, Aitken, Climbing, Step, climb_until, plain
from emcli.core.fit.fitting import FitOptions, fit_mixture
from emcli.core.fit.passing import Passing
from emcli.core.fit.stopping import Outcome, StopReason
from emcli.core.model.assignment import soft
from emcli.core.rows.engine import Serial
from emcli.data.blocks import in_blocks
from emcli.data.chunk import CutBlocks

from ....single import model_of, walked
from ..grounds import clusters, mixture

THETA = np.array([0.0, 0.0, 1.0])


def predictions(likelihoods: list[float]) -> list[float]:
    gains = Aitken()
    return [gains.predict(Answer(value, THETA, THETA, True, True, 1e-13, 0.0)) for value in likelihoods]


@pytest.mark.parametrize("ratio", [0.1, 0.5, 0.99])
def test_aitken_knows_the_limit_of_a_geometric_sequence(ratio: float) -> None:
    likelihoods = [-100.0 - 3.0 * ratio**i for i in range(8)]
    found = predictions(likelihoods)
    assert np.isnan(found[:2]).all()
    np.testing.assert_allclose(np.array(likelihoods[2:]) + found[2:], -100.0, atol=1e-9)


def test_aitken_says_nothing_while_the_gains_grow() -> None:
    assert np.isnan(predictions([-10.0, -9.9, -9.5, -8.0])).all()


def test_aitken_sees_nothing_left_where_nothing_changes() -> None:
    assert predictions([-10.0, -10.0, -10.0])[1:] == [0.0, 0.0]


def steps(gains: list[float]) -> Climbing:
    for number, gain in enumerate(gains, 1):
        yield Step(number, THETA, -float(100 - number), gain, 10.0 * gain)


def climbed(
    climbing: Climbing, stop: str, tolerance: float, limit: int, watch: Callable[[Step], None] | None = None
) -> Outcome[Step]:
    return drive(climb_until(climbing, RULES[stop], tolerance, limit, watch=watch))


def test_one_small_prediction_is_not_believed() -> None:
    outcome = climbed(steps([1.0, 1e-9, 1.0, 1e-9, 1e-9, 1.0]), "loglik", 1e-6, 100)
    assert outcome.reason is StopReason.TOLERANCE
    assert outcome.step.iteration == 5
    assert outcome.history == (-99.0, -98.0, -97.0, -96.0, -95.0)


def test_a_prediction_that_cannot_be_made_neither_confirms_nor_refutes() -> None:
    nan = float("nan")
    outcome = climbed(steps([nan, 1e-9, nan, nan, 1e-9, 1.0]), "loglik", 1e-6, 100)
    assert outcome.step.iteration == 5


def test_the_limit_of_iterations_is_no_convergence() -> None:
    outcome = climbed(steps([1.0] * 10), "loglik", 1e-6, 4)
    assert outcome.reason is StopReason.MAX_ITERATIONS
    assert outcome.step.iteration == 4


def test_the_rule_on_parameters_looks_at_their_change() -> None:
    below = steps([1e-7, 1e-8, 1e-8, 1e-8])
    assert climbed(below, "params", 2e-7, 100).step.iteration == 3


def test_every_step_is_shown_to_the_watcher() -> None:
    seen: list[int] = []
    climbed(steps([1.0] * 10), "loglik", 1e-6, 4, lambda step: seen.append(step.iteration))
    assert seen == [1, 2, 3, 4]


def test_every_reason_has_a_sentence_and_only_one_says_converged() -> None:
    sentences = [reason.sentence for reason in StopReason]
    assert sum(sentence.startswith("converged") for sentence in sentences) == 1
    assert StopReason.TOLERANCE.sentence.startswith("converged")


def test_the_change_of_a_step_is_that_of_its_own_m_step() -> None:
    values = clusters(50)
    passing = Passing(Serial(CutBlocks(in_blocks(values, np.ones(50)), 64)), soft)
    start = mixture([0.5, 0.5], [values[0], values[1]], [np.eye(2)] * 2)
    model = model_of(start)
    walk = walked(plain(Question(passing, model, model.pack(start)), 0.0))
    first, second = next(walk), model.unpack(next(walk).theta)
    moved = np.abs(second.family.means - start.family.means).max()
    turned = np.abs(second.family.covariances - start.family.covariances).max()
    assert first.change == max(moved, turned, np.abs(second.weights - start.weights).max())


@pytest.mark.parametrize("stop", RULES)
@pytest.mark.parametrize("accelerate", ["none", "auto"])
def test_a_fit_that_says_converged_has_no_more_to_gain_than_its_tolerance(stop: str, accelerate: str) -> None:
    values = clusters(150, 2, apart=1.2, seed=5)
    options = FitOptions(2, init=np.arange(150) % 2, stop=stop, accelerate=accelerate, max_iterations=100_000)
    here = fit_mixture(values, np.ones(150), replace(options, tolerance=1e-5))
    there = fit_mixture(values, np.ones(150), replace(options, tolerance=1e-12))
    assert here.converged
    assert there.log_likelihood - here.log_likelihood < 2e-5


@pytest.mark.parametrize("limit", [1, 2, 7])
def test_no_more_iterations_are_made_than_allowed(limit: int) -> None:
    values = clusters(100, 2, apart=0.5)
    for accelerate in ("none", "auto", "squarem", "anderson"):
        options = FitOptions(2, init=np.arange(100) % 2, accelerate=accelerate, max_iterations=limit)
        result = fit_mixture(values, np.ones(100), options)
        assert result.iterations == limit
        assert result.stop_reason is StopReason.MAX_ITERATIONS
