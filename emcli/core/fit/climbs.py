"""A climb: from a mixture upwards by passes, until there is nothing worth having left.

A pass tells the log-likelihood of the mixture that was asked about and makes its successor; Dempster, Laird & Rubin
1977 show that the successor is never less likely.  A climb is a generator that asks for passes and tells steps: plain
EM here, faster ways in `acceleration`.  `climb_until` walks it, judges the steps, and asks in its place.

theta  the parameters of the mixture as a vector: see `parameters`
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from math import isnan
from typing import TypeAlias

from emcli.core.fit.asking import Answer, Asking, Question
from emcli.core.fit.stopping import Judge, Outcome, StopReason
from emcli.core.model.mixture import Collapsed
from emcli.data.rows import FloatArray

CONFIRMATIONS = 2
UNKNOWN = float("nan")


@dataclass(frozen=True, eq=False, slots=True)
class Step:
    """A mixture on the way up.

    iteration       passes made so far
    predicted_gain  nats still to be had above log_likelihood; NaN where this step cannot tell
    """

    iteration: int
    theta: FloatArray
    log_likelihood: float
    predicted_gain: float
    change: float
    degenerate: bool = False


Climbing: TypeAlias = Generator[Question | Step, Answer | None, None]
"""A climb without end: yields a question and is sent its answer, or yields a step and is sent None."""

Climb: TypeAlias = Callable[[Question, float, int], Climbing]
"""How to climb from what a first question asks about, to a tolerance in nats, after so many passes on the way there."""


class Walk:
    """Where a climb stands and how many passes it cost."""

    def __init__(self, start: Question) -> None:
        self.start = start
        self.passes = 0
        self.here: Answer

    def evaluate(self, theta: FloatArray, *, strict: bool = False) -> Generator[Question | Step, Answer | None, Answer]:
        """A pass; only those that were made are counted."""
        answer = yield about(self.start, theta, strict)
        assert answer is not None
        self.passes += answer.passed
        return answer

    def move(self, theta: FloatArray) -> Generator[Question | Step, Answer | None, Answer]:
        """The pass of a mixture that has to be one, and the new place; raises Collapsed."""
        answer = yield from self.evaluate(theta)
        if not answer.usable:
            raise Collapsed("a component lost all its rows or its covariance")
        self.here = answer
        return answer

    def step(self, predicted: float = UNKNOWN) -> Step:
        here = self.here
        return Step(self.passes, here.theta, here.log_likelihood, predicted, here.change, here.degenerate)


def about(question: Question, theta: FloatArray, strict: bool) -> Question:
    """The same question about another mixture."""
    return Question(question.where, question.model, theta, question.counting, strict)


def plain(start: Question, tolerance: float, passed: int = 0) -> Climbing:
    """EM itself; each step carries its own log-likelihood."""
    walk, gains, theta = Walk(start), Aitken(), start.theta
    while True:
        here = yield from walk.move(theta)
        yield walk.step(gains.predict(here))
        theta = here.successor


class Aitken:
    """Predicts the limit of a geometrically converging log-likelihood from its last two gains.

    With ratio c of successive gains, the gains still to come after the last one, g, sum to g c / (1 - c)
    (Aitken's delta-squared; McLachlan & Krishnan discuss its use as a stopping rule for EM).
    """

    def __init__(self) -> None:
        self._last = UNKNOWN
        self._gain = UNKNOWN

    def predict(self, here: Answer) -> float:
        """Nats still to be had above this pass; NaN until two gains are known."""
        gain, before = here.log_likelihood - self._last, self._gain
        self._last, self._gain = here.log_likelihood, gain
        if abs(gain) <= here.rounding:
            return 0.0
        if not before > gain:
            return UNKNOWN
        return max(gain, 0.0) * gain / (before - gain)


def climb_until(
    climbing: Climbing,
    judge: Judge[Step],
    tolerance: float,
    max_iterations: int,
    *,
    watch: Callable[[Step], None] | None = None,
    out_of_time: Callable[[], bool] | None = None,
    give_up: Callable[[Step], StopReason | None] | None = None,
) -> Asking[Outcome[Step]]:
    """Walk the steps until what `judge` says is below the tolerance twice in a row, or a limit is reached.

    give_up  why a climb is not worth going on with, if it is not
    Raises Collapsed if a component is lost on the way.
    """
    history: list[float] = []
    confirmed, answer = 0, None
    while True:
        item = climbing.send(answer)
        if isinstance(item, Question):
            (answer,) = yield [item]
            continue
        answer = None
        history.append(item.log_likelihood)
        if watch is not None:
            watch(item)
        verdict = judge(item)
        if not isnan(verdict):
            confirmed = confirmed + 1 if verdict < tolerance else 0
        if confirmed >= CONFIRMATIONS:
            return Outcome(item, StopReason.TOLERANCE, tuple(history))
        if give_up is not None and (reason := give_up(item)) is not None:
            return Outcome(item, reason, tuple(history))
        if item.iteration >= max_iterations:
            return Outcome(item, StopReason.MAX_ITERATIONS, tuple(history))
        if out_of_time is not None and out_of_time():
            return Outcome(item, StopReason.TIME_BUDGET, tuple(history))


def predicted_gain(step: Step) -> float:
    """The log-likelihood rule judges what is still to be had, in nats."""
    return step.predicted_gain


def parameter_change(step: Step) -> float:
    """The parameter rule judges the largest change, in units of the data's spread."""
    return step.change


RULES: dict[str, Judge[Step]] = {"loglik": predicted_gain, "params": parameter_change}

__all__ = ["RULES", "Aitken", "Climb", "Climbing", "Step", "Walk", "climb_until", "plain"]
