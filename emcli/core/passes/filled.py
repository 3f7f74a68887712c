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

W, P        (C, d, d)
deviations  (C, d, P n)  of the rows of P patterns with n slots each, one after the other
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from emcli.core.families.elliptical.components import Elliptical
from emcli.core.families.elliptical.covariances.dense import LOG_2PI
from emcli.core.families.elliptical.covariances.matrices import cholesky, inverse_of_factors
from emcli.core.families.elliptical.tails import Central, Totals, View
from emcli.core.passes.kernels import EPS
from emcli.data.chunk import MOST_STACKED, Chunk, Patterns
from emcli.data.rows import FloatArray, IntArray

SAFETY = 8.0
"""Times EPS and the inflation: against 64-bit mantissas, errors of log densities were up to 4 times these."""

TRUSTED = 1e-8
"""Largest bound on the error of a log density, in nats, under which rows are completed.  Only components that are
nearly flat come so far, whose rows have densities of many nats; factorising for every pattern would be many times the
work."""

FAR = 16.0
"""Squared distance of a row from the origin, per column and in working units, from which on its errors are larger."""

ROWS_PER_COLUMN = 5.0
"""Slots of a pattern, per column, up to which completing rows is faster: measured for 10 to 32 columns."""


@dataclass(frozen=True, eq=False)
class Whole:
    """C normal distributions of all columns: log_norms (C,), means (C, d), W, P, and the largest inflations (C,)."""

    means: FloatArray
    log_norms: FloatArray
    factors: FloatArray
    precisions: FloatArray
    inflation: FloatArray

    def error_bounds(self, squared_radius: float) -> FloatArray:
        """Largest error (C,) of a log density, nats, for rows no farther from the origin."""
        farther: float = max(1.0, squared_radius / (FAR * self.means.shape[1]))
        return np.asarray(SAFETY * EPS * farther * self.inflation)

    def plan(self, patterns: Patterns, k: int) -> Filling:
        """What a pass over rows of these patterns needs."""
        m = patterns.missing
        blocks = self.precisions[:, m[:, :, None], m[:, None, :]]
        with np.errstate(all="ignore"):
            residuals, log_dets = inverted(blocks)
        norms = (self.log_norms[:, None] + 0.5 * m.shape[1] * LOG_2PI - 0.5 * log_dets).T
        return Filling(self, patterns, np.ascontiguousarray(norms), residuals, k)

    def among(self, components: slice | IntArray) -> Whole:
        """Some of the distributions."""
        return Whole(*(getattr(self, field)[components] for field in self.__dataclass_fields__))


def pays(chunk: Chunk) -> bool:
    """Whether completing the rows of a chunk is faster than factorising for each of their patterns."""
    patterns = chunk.patterns
    return not patterns.complete and chunk.rows.shape[1] <= ROWS_PER_COLUMN * patterns.n_features


def whole_of(family: Elliptical) -> Whole | None:
    """The components ready to complete rows, NaN where one is not positive definite; None where it saves nothing."""
    layout = family.model.layout
    return whole(family.means, layout.dense(family.covariances)) if layout.joint_columns else None


def whole(means: FloatArray, covariances: FloatArray) -> Whole:
    """Components with these covariances (C, d, d)."""
    lower = cholesky(covariances)
    factors = inverse_of_factors(lower)
    precisions = np.swapaxes(factors, -1, -2) @ factors
    with np.errstate(all="ignore"):
        spreads, tightness = (np.diagonal(matrices, axis1=1, axis2=2) for matrices in (covariances, precisions))
        log_dets = 2.0 * np.log(np.diagonal(lower, axis1=1, axis2=2)).sum(axis=1)
        inflation = (spreads * tightness).max(axis=1)
    log_norms = -0.5 * (means.shape[1] * LOG_2PI + log_dets)
    return Whole(means, log_norms, factors, precisions, np.where(np.isfinite(inflation), inflation, np.inf))


@dataclass(frozen=True, eq=False)
class Filling:
    """What a pass needs to know of the components for one stack of patterns, whose rows are to be completed.

    log_norms  (P, C)        of the observed columns
    residuals  (C, P, m, m)  R
    k                        components of a mixture
    """

    whole: Whole
    patterns: Patterns
    log_norms: FloatArray
    residuals: FloatArray
    k: int

    @property
    def n_observed(self) -> int:
        return int(self.patterns.observed.shape[1])

    @property
    def tightness(self) -> FloatArray:
        return np.asarray(np.trace(self.whole.precisions, axis1=1, axis2=2))

    def tile_rows(self, k: int) -> int:
        """All of them: there are few."""
        return MOST_STACKED

    def view(self, tile: Chunk, k: int) -> View:
        return Filled(self, tile)

    def completed(self, counts: FloatArray, sums: FloatArray, scatter: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Sums (C, d) and scatter (C, d, d) of completed rows, with what the missing cells vary about their means."""
        m, d = self.patterns.missing, self.whole.means.shape[1]
        cells = (m[:, :, None] * d + m[:, None, :]).ravel()
        unexplained = (counts.T[:, :, None, None] * self.residuals).reshape(
            len(self.residuals) // self.k, self.k, len(cells)
        )
        added = unexplained @ (cells[:, None] == np.arange(d * d)).astype(np.float64)
        return sums[0], scatter[0] + added.reshape(-1, d, d)

    def error_bounds(self, squared_radius: float) -> FloatArray:
        return self.whole.error_bounds(squared_radius)

    def among(self, components: slice | IntArray) -> Filling:
        return replace(
            self,
            whole=self.whole.among(components),
            log_norms=self.log_norms[:, components],
            residuals=self.residuals[components],
        )


class Filled:
    """Rows by their deviations from the means, the missing cells at their conditional means."""

    def __init__(self, plan: Filling, chunk: Chunk) -> None:
        whole, patterns = plan.whole, plan.patterns
        n_patterns, _, n = chunk.values.shape
        n_components, d = whole.means.shape
        stack = np.arange(n_patterns)[:, None]
        values = np.zeros((d, n_patterns, n))
        values[patterns.observed, stack] = chunk.values
        self._plan = plan
        self._deviations = values.reshape(d, -1) - whole.means[:, :, None]
        cells = self._deviations.reshape(n_components, d, n_patterns, n)
        cells[:, patterns.missing, stack] = 0.0
        pulls = (whole.precisions @ self._deviations).reshape(cells.shape)[:, patterns.missing, stack]
        cells[:, patterns.missing, stack] = -(plan.residuals @ pulls)

    def log_density(self) -> FloatArray:
        white = self._plan.whole.factors @ self._deviations
        squared = np.einsum("kdr,kdr->kr", white, white).reshape(len(white), len(self._plan.log_norms), -1)
        density: FloatArray = self._plan.log_norms[..., None] - 0.5 * np.swapaxes(squared, 0, 1)
        return density

    def totals(self, weights: FloatArray) -> Totals:
        """Counts (P, C); sums (1, C, d) and scatter (1, C, d, d) of all patterns together."""
        n_components = weights.shape[1]
        by_row = np.ascontiguousarray(np.swapaxes(weights, 0, 1)).reshape(n_components, 1, -1)
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
