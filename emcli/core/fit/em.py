"""The EM algorithm: E step, then judge, then M step.

`Climb.evaluate` makes one pass over the rows: it returns the log-likelihood of the mixture it was given and the
mixture that the M step makes of it.  Dempster, Laird & Rubin 1977 show that the successor is never less likely.
Everything else (acceleration, stopping, many starts) is built on this one operation, and a pass is its unit of cost.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from emcli.core.model.assignment import Assignment
from emcli.core.model.known import Known
from emcli.core.model.mixture import Expect, Mixture
from emcli.core.model.priors import Prior
from emcli.core.rows.engine import Engine

EPS = float(np.finfo(np.float64).eps)


@dataclass(frozen=True, eq=False)
class Pass:
    """One E and M step: the mixture, its own log-likelihood (nats) and the mixture the M step made of it.

    rounding  differences of log-likelihood below this many nats are noise of the arithmetic
    """

    mixture: Mixture
    log_likelihood: float
    successor: Mixture
    rounding: float


Recall = Callable[[Mixture, Callable[[Mixture], Pass]], Pass]


@dataclass(frozen=True, eq=False)
class Step:
    """A mixture on the way up.

    iteration       passes made so far
    predicted_gain  nats still to be had above log_likelihood; NaN where this step cannot tell
    """

    iteration: int
    mixture: Mixture
    log_likelihood: float
    predicted_gain: float
    change: float


class Climb:
    """The rows, the assignment rule, perhaps a prior and what is known of some rows, ready to evaluate mixtures.

    With a prior, log-likelihoods are those of rows and prior together: what never falls.  `recall` is given the mixture
    and the way to make its pass, and may know it already.
    """

    def __init__(
        self,
        engine: Engine,
        assignment: Assignment,
        prior: Prior | None = None,
        known: Known | None = None,
        *,
        recall: Recall | None = None,
    ) -> None:
        self.engine = engine
        self.assignment = assignment
        self.prior = prior
        self.known = known
        self.recall = recall

    def evaluate(self, mixture: Mixture) -> Pass:
        """One pass over the rows; raises Collapsed if the mixture or its successor is degenerate."""
        return self.passed(mixture) if self.recall is None else self.recall(mixture, self.passed)

    def passed(self, mixture: Mixture) -> Pass:
        """The pass, made in any case."""
        expectation = self.engine.reduce(Expect(mixture, self.assignment, self.known))
        if self.prior is not None:
            expectation = self.prior.added(mixture, expectation)
        # Errors of the rows are unrelated to each other, so their sum grows with the root of their number.
        root = float(np.sqrt(expectation.n_slots))
        rounding = 8.0 * EPS * (1.0 + abs(expectation.log_likelihood)) + root * expectation.error_bound
        return Pass(mixture, expectation.log_likelihood, mixture.updated(expectation), rounding)


def em_steps(climb: Climb, mixture: Mixture) -> Iterator[Step]:
    """Plain EM from a mixture, without end; each step carries its own log-likelihood."""
    gains = Aitken()
    iteration = 0
    while True:
        iteration += 1
        here = climb.evaluate(mixture)
        yield Step(iteration, mixture, here.log_likelihood, gains.predict(here), change(here))
        mixture = here.successor


class Aitken:
    """Predicts the limit of a geometrically converging log-likelihood from its last two gains.

    With ratio c of successive gains, the gains still to come after the last one, g, sum to g c / (1 - c)
    (Aitken's delta-squared; McLachlan & Krishnan discuss its use as a stopping rule for EM).
    """

    def __init__(self) -> None:
        self._last = float("nan")
        self._gain = float("nan")

    def predict(self, here: Pass) -> float:
        """Nats still to be had above this pass; NaN until two gains are known."""
        gain, before = here.log_likelihood - self._last, self._gain
        self._last, self._gain = here.log_likelihood, gain
        if abs(gain) <= here.rounding:
            return 0.0
        if not before > gain:
            return float("nan")
        return max(gain, 0.0) * gain / (before - gain)


def change(here: Pass) -> float:
    """Largest change of a parameter in the M step of this pass, in working units (the data's spread)."""
    old, new = here.mixture, here.successor
    return float(
        max(
            np.abs(new.weights - old.weights).max(),
            np.abs(new.family.means - old.family.means).max(),
            np.abs(new.family.covariances - old.family.covariances).max(),
            np.abs(new.family.tail.parameters - old.family.tail.parameters).max(initial=0.0),
        )
    )
