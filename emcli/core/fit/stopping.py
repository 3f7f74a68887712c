"""Why a climb ended, and how to say it.

A small step is not a small distance to the end: EM can creep for thousands of iterations.  So the log-likelihood
rule looks at the predicted remaining gain, and believes it only when it is small twice in a row.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Generic, TypeAlias, TypeVar

S = TypeVar("S")

Judge: TypeAlias = Callable[[S], float]
"""What a rule looks at in a step, to be compared with the tolerance; NaN where the step cannot tell."""


class StopReason(Enum):
    """Why a climb ended; the value is stored in model files."""

    TOLERANCE = "tolerance"
    MAX_ITERATIONS = "max_iterations"
    COLLAPSED = "collapsed"
    TIME_BUDGET = "time_budget"
    BEHIND = "behind"
    DEGENERATE = "degenerate"

    @property
    def sentence(self) -> str:
        """What a reader should know."""
        return _SENTENCES[self]


_SENTENCES = {
    StopReason.TOLERANCE: "converged: the predicted remaining gain is below the tolerance",
    StopReason.MAX_ITERATIONS: "not converged: the limit of iterations was reached first",
    StopReason.COLLAPSED: "not converged: a component collapsed",
    StopReason.TIME_BUDGET: "not converged: the time budget ran out first",
    StopReason.DEGENERATE: "not converged: a component shrinks onto a few rows or equal values, without an end",
    StopReason.BEHIND: "not converged: it fell behind other climbs",
}


@dataclass(frozen=True)
class Outcome(Generic[S]):
    """Where a climb ended, why, and the log-likelihood of every accepted step on the way."""

    step: S
    reason: StopReason
    history: tuple[float, ...]
