"""The log-likelihood of held-out rows, per row, and how uncertain it is.

The mean over rows estimates what a new row of the same kind would score.  Its standard error is taken over rows,
not over folds: five folds would estimate a spread from five numbers, while rows are many and held out one by one as
far as the estimate goes.  Rows of a group are not independent, so with groups the error is taken over groups.

With l_i the log density of held-out row i, w_i how often it counts, W = sum w and m = sum w l / W:

    rows    se^2 = sum_i w_i (l_i - m)^2 / (W (W - 1))              a row of weight 3 is three rows
    groups  se^2 = G / (G - 1) sum_g (sum_{i in g} w_i (l_i - m))^2 / W^2

The folds share most of their training rows, which neither form sees: the error is of the rows that were judged,
not of the fits that judged them (Bengio & Grandvalet 2004 show that no unbiased estimate of the whole exists).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from emcli.data.rows import FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class HeldOut:
    """Log densities (m,) of held-out rows, how often each counts (m,), and the rows' groups (m,) or None."""

    log_density: FloatArray
    case_weights: FloatArray
    groups: IntArray | None = None

    @property
    def per_row(self) -> float:
        """Mean log density, nats per row."""
        return mean(self.log_density, self.case_weights)

    @property
    def standard_error(self) -> float:
        """Standard error of the mean; NaN for a single row or group."""
        return standard_error(self.log_density, self.case_weights, self.groups)

    def lead_over(self, other: HeldOut) -> tuple[float, float]:
        """How much more a row scores here than there, and the standard error of that difference, row by row."""
        difference = self.log_density - other.log_density
        return mean(difference, self.case_weights), standard_error(difference, self.case_weights, self.groups)


def mean(values: FloatArray, case_weights: FloatArray) -> float:
    """The weighted mean of values (m,)."""
    return float(values @ case_weights / case_weights.sum())


def standard_error(values: FloatArray, case_weights: FloatArray, groups: IntArray | None) -> float:
    """The standard error of the weighted mean of values (m,), over rows or over groups; NaN for fewer than two."""
    total = float(case_weights.sum())
    deviations = values - mean(values, case_weights)
    if groups is None:
        return float(np.sqrt(case_weights @ deviations**2 / (total * (total - 1.0)))) if total > 1.0 else float("nan")
    _, members = np.unique(groups, return_inverse=True)
    sums = np.bincount(members, weights=case_weights * deviations)
    n = len(sums)
    return float(np.sqrt(n / (n - 1.0) * (sums @ sums)) / total) if n > 1 else float("nan")
