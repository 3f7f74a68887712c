"""A third way to bring rows and components together, for stacks of patterns that have few rows each.

The forms in `kernels` factorise the observed block of every covariance for every pattern, which many rows must pay
for.  Where few do, each row is completed instead, once per component, by its conditional mean, and the completed rows
of all patterns go through the matrices of all columns together.  With the precision P = Sigma^-1 = W' W and deviations
z that are 0 in the missing cells, all that is specific to a pattern is its block P_mm, as small as few cells are
missing:

    residual covariance   R = P_mm^-1
    conditional mean      z_m = -R (P z)_m
    squared distance      |W z|^2 with z completed: the quadratic form is at its minimum over z_m there
    log det Sigma_oo      log det Sigma + log det P_mm

(Schur complements; in regression, the partial correlations.)  Since the squared distance is at a minimum, an error of
z_m enters it squared.  The precision must have its digits: where the largest variance inflation of a column,
Sigma_jj P_jj, or a row far out could cost too many of them, the plans of `kernels` serve.

W, P        (k, d, d)
deviations  (k, d, P n)  of the rows of P patterns with n slots each, one after the other
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from emcli.core.families.elliptical.covariances.dense import LOG_2PI
from emcli.core.passes.kernels import EPS, TRUSTED, Central, Totals, View
from emcli.data.chunk import Chunk, Patterns
from emcli.data.table import FloatArray

SAFETY = 8.0
"""Times EPS and the inflation: against 64-bit mantissas, errors of log densities were up to 4 times these."""

FAR = 16.0
"""Squared distance of a row from the origin, per column and in working units, from which on its errors are larger."""

ROWS_PER_COLUMN = 5.0
"""Slots of a pattern, per column, up to which completing rows is faster: measured for 10 to 32 columns."""


@dataclass(frozen=True, eq=False)
class Whole:
    """k normal distributions of all columns: log_norms (k,), means (k, d), W, P, and the largest inflation."""

    means: FloatArray
    log_norms: FloatArray
    factors: FloatArray
    precisions: FloatArray
    inflation: float

    def suits(self, chunk: Chunk) -> bool:
        """Whether completing the rows is faster than factorising for each of their patterns, and exact enough."""
        patterns = chunk.patterns
        if patterns.complete or chunk.rows.shape[1] > ROWS_PER_COLUMN * patterns.n_features:
            return False
        return self.error_bound(chunk.squared_radius) <= TRUSTED

    def error_bound(self, squared_radius: float) -> float:
        """Largest error of a log density, nats, for rows no farther from the origin."""
        farther: float = max(1.0, squared_radius / (FAR * self.means.shape[1]))
        return SAFETY * EPS * self.inflation * farther

    def plan(self, patterns: Patterns) -> Filling:
        """What a pass over rows of these patterns needs."""
        m = patterns.missing
        blocks = self.precisions[:, m[:, :, None], m[:, None, :]]
        residuals, log_dets = inverted(blocks)
        norms = (self.log_norms[:, None] + 0.5 * m.shape[1] * LOG_2PI - 0.5 * log_dets).T
        return Filling(self, patterns, np.ascontiguousarray(norms), residuals)


def whole(means: FloatArray, covariances: FloatArray) -> Whole:
    """Components with these covariances (k, d, d), ready to fill; LinAlgError if one is not positive definite."""
    lower = np.linalg.cholesky(covariances)
    factors = np.linalg.inv(lower)
    precisions = np.swapaxes(factors, -1, -2) @ factors
    spreads, tightness = (np.diagonal(matrices, axis1=1, axis2=2) for matrices in (covariances, precisions))
    log_dets = 2.0 * np.log(np.diagonal(lower, axis1=1, axis2=2)).sum(axis=1)
    log_norms = -0.5 * (means.shape[1] * LOG_2PI + log_dets)
    return Whole(means, log_norms, factors, precisions, float((spreads * tightness).max()))


@dataclass(frozen=True, eq=False)
class Filling:
    """What a pass needs to know of k components for one stack of patterns, whose rows are to be completed.

    log_norms  (P, k)        of the observed columns
    residuals  (k, P, m, m)  R
    """

    whole: Whole
    patterns: Patterns
    log_norms: FloatArray
    residuals: FloatArray

    @property
    def n_observed(self) -> int:
        return int(self.patterns.observed.shape[1])

    def views(self, chunk: Chunk) -> Iterator[tuple[Chunk, View]]:
        """The rows, completed, in one piece: there are few."""
        yield chunk, Filled(self, chunk)

    def completed(self, counts: FloatArray, sums: FloatArray, scatter: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Sums (k, d) and scatter (k, d, d) of completed rows, with what the missing cells vary about their means."""
        m, (k, d) = self.patterns.missing, self.whole.means.shape
        cells = (m[:, :, None] * d + m[:, None, :]).ravel()
        unexplained = (counts.T[:, :, None, None] * self.residuals).reshape(k, -1)
        added = [np.bincount(cells, one, d * d) for one in unexplained]
        return sums[0], scatter[0] + np.reshape(added, (k, d, d))

    def error_bound(self, squared_radius: float) -> float:
        return self.whole.error_bound(squared_radius)


class Filled:
    """Rows by their deviations from the means, the missing cells at their conditional means."""

    def __init__(self, plan: Filling, chunk: Chunk) -> None:
        whole, patterns = plan.whole, plan.patterns
        n_patterns, _, n = chunk.values.shape
        k, d = whole.means.shape
        stack = np.arange(n_patterns)[:, None]
        values = np.zeros((d, n_patterns, n))
        values[patterns.observed, stack] = chunk.values
        self._plan = plan
        self._deviations = values.reshape(d, -1) - whole.means[:, :, None]
        cells = self._deviations.reshape(k, d, n_patterns, n)
        cells[:, patterns.missing, stack] = 0.0
        pulls = (whole.precisions @ self._deviations).reshape(cells.shape)[:, patterns.missing, stack]
        cells[:, patterns.missing, stack] = -(plan.residuals @ pulls)

    def log_density(self) -> FloatArray:
        white = self._plan.whole.factors @ self._deviations
        squared = np.einsum("kdr,kdr->kr", white, white).reshape(len(white), len(self._plan.log_norms), -1)
        density: FloatArray = self._plan.log_norms[..., None] - 0.5 * np.swapaxes(squared, 0, 1)
        return density

    def totals(self, weights: FloatArray) -> Totals:
        """Counts (P, k); sums (1, k, d) and scatter (1, k, d, d) of all patterns together."""
        k = weights.shape[1]
        by_row = np.swapaxes(weights, 0, 1).reshape(k, 1, -1)
        weighted = by_row * self._deviations
        scatter = weighted @ np.swapaxes(self._deviations, -1, -2)
        return Central(weights.sum(axis=-1), weighted.sum(axis=-1)[None], scatter[None])


def inverted(matrices: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Inverses of positive definite matrices (..., m, m), and the logarithms of their determinants.

    By sweeping out one row after the other in all matrices at once (Goodnight 1979): for matrices of a few rows the
    routine that does one matrix at a time takes several times as long.
    """
    m = matrices.shape[-1]
    swept = np.ascontiguousarray(np.moveaxis(matrices, (-2, -1), (0, 1)))
    log_det = np.zeros(swept.shape[2:])
    for j in range(m):
        pivot = swept[j, j].copy()
        log_det += np.log(pivot)
        row = swept[j] / pivot
        column = swept[:, j].copy()
        swept -= column[:, None] * row
        swept[:, j] = -column / pivot
        swept[j] = row
        swept[j, j] = 1.0 / pivot
    return np.ascontiguousarray(np.moveaxis(swept, (0, 1), (-2, -1))), log_det
