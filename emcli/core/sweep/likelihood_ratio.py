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

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np

from emcli.core.complete.sampling import draw
from emcli.core.fit.fitted import Fitted
from emcli.core.fit.fitting import FitOptions, fit_mixture
from emcli.core.model.mixture import Mixture
from emcli.core.sweep.context import SweepContext
from emcli.core.sweep.rows import Rows
from emcli.core.sweep.scores import Score
from emcli.data.rows import FloatArray
from emcli.errors import EmcliError

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


def simulated(mixture: Mixture, rows: Rows, rng: np.random.Generator) -> FloatArray:
    """A table like the rows, drawn from the mixture: a row of weight w becomes w rows, holes stay where they are."""
    holes = np.isnan(rows.values[rows.used])
    times = np.maximum(np.rint(rows.case_weights[rows.used]), 1.0).astype(np.intp)
    holes = np.repeat(holes, times, axis=0)
    values, _ = draw(mixture, len(holes), rng, {})
    return np.where(holes, np.nan, values)


@dataclass(eq=False)
class RatioTests:
    """The sequence of tests among the fits of one covariance model.

    tests  those that are done
    """

    context: SweepContext
    options: FitOptions
    scores: Sequence[Score]
    tests: list[RatioTest] = field(default_factory=list)

    def run(self, n_tables: int = REPLICATES, tell: Callable[[RatioTest], None] = lambda test: None) -> None:
        """Test from the smallest k upwards, to the first gain that is not significant; `tell` hears of every table."""
        fitted = {score.k: score.fitted for score in self.scores if score.fitted is not None}
        for k, larger in pairwise(sorted(fitted)):
            done = self._test(fitted[k], fitted[larger], n_tables, tell)
            if done is None:
                return
            self.tests.append(done)
            tell(done)
            if done.p_value is None or done.p_value > SIGNIFICANT:
                return

    def _test(self, low: Fitted, high: Fitted, n_tables: int, tell: Callable[[RatioTest], None]) -> RatioTest | None:
        """One test; None where there was no time for all tables."""
        k, larger = low.mixture.n_components, high.mixture.n_components
        test = RatioTest(self.options.covariance, k, larger, 2.0 * (high.log_likelihood - low.log_likelihood))
        gains: list[float] = []
        for number in range(n_tables):
            if self.context.out_of_time():
                return None
            rng = np.random.default_rng([self.options.seed, PURPOSE, k, number])
            gain = self._gain(low.mixture, high.mixture, rng)
            if gain is not None:
                gains.append(gain)
            tell(test)
        as_large = sum(gain >= test.statistic for gain in gains)
        return replace(test, p_value=(as_large + 1) / (len(gains) + 1), n_tables=len(gains))

    def _gain(self, mixture: Mixture, larger: Mixture, rng: np.random.Generator) -> float | None:
        """2 (log L' - log L) in a table simulated under the smaller mixture; None where it could not be fitted."""
        values = simulated(mixture, self.context.rows, rng)
        ones, columns = np.ones(len(values)), self.context.rows.columns
        options = replace(self.options, n_components=mixture.n_components, n_starts=STARTS)
        try:
            below = fit_mixture(values, ones, options, columns=columns, also=(mixture,))
            options = replace(options, n_components=larger.n_components)
            step = larger.n_components == mixture.n_components + 1
            also = (larger, below.mixture) if step else (larger,)
            above = fit_mixture(values, ones, options, columns=columns, also=also)
        except (EmcliError, ArithmeticError, np.linalg.LinAlgError):
            return None
        return 2.0 * (above.log_likelihood - below.log_likelihood)
