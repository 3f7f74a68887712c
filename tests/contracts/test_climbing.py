"""No step goes down, and the log-likelihood of a step belongs to the mixture of that step."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from emcli.core.fit.acceleration import ACCELERATIONS
from emcli.core.fit.climbs import Step
from emcli.core.model.assignment import Assignment, hard, soft
from emcli.core.model.mixture import Collapsed
from emcli.core.passes.evaluation import evaluate

from ..single import walked
from .cases import CASES, Case, Example, example, examples, quick, random_gaps

ACCELERATED = [name for name in ACCELERATIONS if name != "none"]
STEPS = 30
ROUNDING = 1e-12  # of a log-likelihood of some hundred nats: what a sum over the rows may lose
SLACK = 1e-9  # a guess may lie this share below the floor; the next M step then pays for it, cell by cell


def climbed(example: Example, acceleration: str, assignment: Assignment = soft) -> list[Step]:
    """The first steps of a climb; it ends early where a component collapses, as a fit would."""

    def steps() -> Iterator[Step]:
        try:
            yield from islice(walked(ACCELERATIONS[acceleration](example.question(assignment), 1e-6)), STEPS)
        except Collapsed:
            return

    return list(steps())


def falls(steps: list[Step], slack: float = 0.0) -> list[float]:
    """By how much the log-likelihood went down, at the steps where it did by more than rounding."""
    history = np.array([step.log_likelihood for step in steps])
    differences = np.diff(history)
    return differences[differences < -slack - ROUNDING * (1.0 + np.abs(history[1:]))].tolist()


@pytest.mark.usefixtures("form")
@pytest.mark.parametrize("case", CASES)
@given(data=st.data())
@quick
def test_em_never_lowers_the_log_likelihood(case: Case, data: st.DataObject) -> None:
    steps = climbed(data.draw(examples(case)).with_floor(), "none")
    assume(len(steps) > 2)
    assert falls(steps) == []


@pytest.mark.parametrize("case", CASES)
@given(data=st.data(), acceleration=st.sampled_from(ACCELERATED))
@quick
def test_an_acceleration_never_lowers_the_log_likelihood(case: Case, acceleration: str, data: st.DataObject) -> None:
    example = data.draw(examples(case)).with_floor()
    steps = climbed(example, acceleration)
    assume(len(steps) > 2)
    n_cells = float(example.case_weights.sum()) * example.values.shape[1]
    assert falls(steps, SLACK * n_cells) == []


@pytest.mark.parametrize("case", CASES)
@given(data=st.data())
@quick
def test_hard_assignment_never_lowers_its_own_objective(case: Case, data: st.DataObject) -> None:
    steps = climbed(data.draw(examples(case)).with_floor(), "none", hard)
    assume(len(steps) > 2)
    assert falls(steps) == []


@pytest.mark.parametrize("case", CASES)
@given(data=st.data(), acceleration=st.sampled_from(list(ACCELERATIONS)))
@quick
def test_a_step_reports_the_log_likelihood_of_its_own_mixture(
    case: Case, acceleration: str, data: st.DataObject
) -> None:
    example = data.draw(examples(case)).with_floor()
    steps = climbed(example, acceleration)
    assume(len(steps) > 2)
    for step in (steps[0], steps[len(steps) // 2], steps[-1]):
        alone = float(example.case_weights @ evaluate(example.model.unpack(step.theta), example.values).log_density)
        assert step.log_likelihood == pytest.approx(alone, rel=1e-9, abs=1e-8)


@pytest.mark.parametrize("acceleration", ACCELERATED)
@pytest.mark.parametrize("case", CASES)
def test_an_acceleration_ends_where_em_ends_and_no_later(case: Case, acceleration: str) -> None:
    """One component has one optimum; with cells missing EM needs many passes to get there."""
    observed = random_gaps(case, np.random.default_rng(3), (60, 3), share=0.4)
    given = example(case, 8, observed, n_components=1).with_floor()

    def passes_to(goal: float, name: str) -> int:
        walk = islice(walked(ACCELERATIONS[name](given.question(), 1e-9)), 2000)
        return next(step.iteration for step in walk if step.log_likelihood > goal - 1e-7)

    goal = max(step.log_likelihood for step in islice(walked(ACCELERATIONS["none"](given.question(), 1e-9)), 300))
    assert passes_to(goal, acceleration) <= passes_to(goal, "none") + 4
