"""Whether one component more is more than chance: McLachlan's parametric bootstrap likelihood-ratio test.

Twice the gain of log-likelihood from k to k + 1 components has no known distribution, since under k components the
extra one is not identified.  So its distribution is simulated (McLachlan 1987): draw tables of the same size, with
the same cells missing, from the fitted mixture of k; fit k and k + 1 to each; compare.  With B tables of which b
gain at least as much as the data did, p = (b + 1) / (B + 1).

The tests go up from the smallest k and stop at the first gain that is not significant, as McLachlan & Peel (2000,
section 6.4) describe.  A gain that a simulated table reaches only from poor starts would be too small and the test
too eager, so the fit of k + 1 starts from a split of its own fit of k and from fresh starts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

import numpy as np

from emcli.core.complete.sampling import draw
from emcli.core.fit.fitting import FitOptions, fit_mixture
from emcli.core.model.mixture import Mixture
from emcli.core.sweep.jobs import Job, Means
from emcli.core.sweep.rows import Rows
from emcli.core.sweep.scores import Score
from emcli.data.table import FloatArray

PURPOSE = 2  # tells these random numbers apart from those of other purposes
REPLICATES = 99  # simulated tables per test: p-values in steps of 0.01
STARTS = 2  # polished fresh starts in a simulated table
SIGNIFICANT = 0.05


@dataclass(frozen=True)
class RatioTest:
    """k components against the next larger number.

    statistic  2 (log L' - log L)
    p_value    None while the tables are not all done
    """

    covariance: str
    k: int
    larger: int
    statistic: float
    p_value: float | None = None
    n_tables: int = 0


@dataclass(frozen=True, eq=False)
class SimulateJob:
    """One simulated table under k.  -> 2 (log L' - log L)"""

    number: int
    k: int
    mixture: Mixture
    larger: Mixture
    options: FitOptions
    rank: tuple[int, ...]

    def run(self, rows: Rows, means: Means) -> float:
        rng = np.random.default_rng([self.options.seed, PURPOSE, self.k, self.number])
        values = simulated(self.mixture, rows, rng)
        ones = np.ones(len(values))
        own = {"columns": rows.columns, "make_engine": means.make_engine, "watch": means.watch}
        k = replace(self.options, n_components=self.k, n_starts=STARTS)
        below = fit_mixture(values, ones, k, also=(self.mixture,), **own)  # type: ignore[arg-type]
        larger = replace(k, n_components=self.larger.n_components)
        also = (self.larger, below.mixture) if self.larger.n_components == self.k + 1 else (self.larger,)
        above = fit_mixture(values, ones, larger, also=also, **own)  # type: ignore[arg-type]
        return 2.0 * (above.log_likelihood - below.log_likelihood)


def simulated(mixture: Mixture, rows: Rows, rng: np.random.Generator) -> FloatArray:
    """A table like the rows, drawn from the mixture: a row of weight w becomes w rows, holes stay where they are."""
    holes = np.isnan(rows.values[rows.used])
    times = np.maximum(np.rint(rows.case_weights[rows.used]), 1.0).astype(np.intp)
    holes = np.repeat(holes, times, axis=0)
    values, _ = draw(mixture, len(holes), rng, {})
    return np.where(holes, np.nan, values)


@dataclass
class _Pair:
    """A test in progress."""

    test: RatioTest
    gains: list[float] = field(default_factory=list)
    answered: int = 0


class RatioTests:
    """The sequence of tests among the fits of one covariance model."""

    def __init__(self, scores: Sequence[Score], options: FitOptions, n_tables: int = REPLICATES) -> None:
        self._fitted = {score.k: score.fitted for score in scores if score.fitted is not None}
        self._options, self.n_tables = options, n_tables
        self._pairs = list(pairwise(sorted(self._fitted)))
        self._now: _Pair | None = None
        self.tests: list[RatioTest] = []

    def first(self) -> list[Job]:
        return self._begin(0)

    def take(self, job: Job, answer: Any, seconds: float) -> tuple[list[Job], list[RatioTest]]:
        """The gain of one table; when all are in, the p-value, and the next test if it was significant."""
        pair = self._now
        assert pair is not None
        pair.answered += 1
        if isinstance(answer, float):
            pair.gains.append(answer)
        if pair.answered < self.n_tables:
            return [], [pair.test]
        as_large = sum(gain >= pair.test.statistic for gain in pair.gains)
        done = replace(pair.test, p_value=(as_large + 1) / (len(pair.gains) + 1), n_tables=len(pair.gains))
        self.tests.append(done)
        further = self._begin(len(self.tests)) if done.p_value is not None and done.p_value <= SIGNIFICANT else []
        return further, [done]

    def _begin(self, at: int) -> list[Job]:
        if at >= len(self._pairs):
            return []
        k, larger = self._pairs[at]
        low, high = self._fitted[k], self._fitted[larger]
        statistic = 2.0 * (high.log_likelihood - low.log_likelihood)
        self._now = _Pair(RatioTest(self._options.covariance, k, larger, statistic))
        return [SimulateJob(i, k, low.mixture, high.mixture, self._options, (i,)) for i in range(self.n_tables)]
