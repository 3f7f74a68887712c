"""When to stop climbing, and how to say why.

A small step is not a small distance to the end: EM can creep for thousands of iterations.  So the log-likelihood
rule looks at the predicted remaining gain, and believes it only when it is small twice in a row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from math import isnan

from emcli.core.fit.em import Step

CONFIRMATIONS = 2


class StopReason(Enum):
    """Why a climb ended; the value is stored in model files."""

    TOLERANCE = "tolerance"
    MAX_ITERATIONS = "max_iterations"
    COLLAPSED = "collapsed"
    TIME_BUDGET = "time_budget"

    @property
    def sentence(self) -> str:
        """What a reader should know."""
        return _SENTENCES[self]


_SENTENCES = {
    StopReason.TOLERANCE: "converged: the predicted remaining gain is below the tolerance",
    StopReason.MAX_ITERATIONS: "not converged: the limit of iterations was reached first",
    StopReason.COLLAPSED: "not converged: a component collapsed",
    StopReason.TIME_BUDGET: "not converged: the time budget ran out first",
}


@dataclass(frozen=True)
class Outcome:
    """Where a climb ended, why, and the log-likelihood of every accepted step on the way."""

    step: Step
    reason: StopReason
    history: tuple[float, ...]


def predicted_gain(step: Step) -> float:
    """The log-likelihood rule judges what is still to be had, in nats."""
    return step.predicted_gain


def parameter_change(step: Step) -> float:
    """The parameter rule judges the largest change, in units of the data's spread."""
    return step.change


RULES: dict[str, Callable[[Step], float]] = {"loglik": predicted_gain, "params": parameter_change}


def climb_until(
    steps: Iterable[Step],
    judge: Callable[[Step], float],
    tolerance: float,
    max_iterations: int,
    watch: Callable[[Step], None] | None = None,
    *,
    out_of_time: Callable[[], bool] | None = None,
) -> Outcome:
    """Walk the steps until what `judge` says is below the tolerance twice in a row, or a limit is reached."""
    history: list[float] = []
    confirmed = 0
    for step in steps:
        history.append(step.log_likelihood)
        if watch is not None:
            watch(step)
        verdict = judge(step)
        if not isnan(verdict):
            confirmed = confirmed + 1 if verdict < tolerance else 0
        if confirmed >= CONFIRMATIONS:
            return Outcome(step, StopReason.TOLERANCE, tuple(history))
        if step.iteration >= max_iterations:
            return Outcome(step, StopReason.MAX_ITERATIONS, tuple(history))
        if out_of_time is not None and out_of_time():
            return Outcome(step, StopReason.TIME_BUDGET, tuple(history))
    raise ValueError("a climb needs at least one step")
