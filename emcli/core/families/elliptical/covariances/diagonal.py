"""Covariances stored as variances (k, d): columns are independent inside a component.

A missing cell then tells nothing about the others and is told nothing by them: its conditional mean is the
component's mean and its residual variance the component's variance.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from emcli.core.families.elliptical.covariances.dense import LOG_2PI, ROUNDING, rows_apart
from emcli.core.families.elliptical.covariances.protocol import Conditional
from emcli.data.chunk import Patterns
from emcli.data.rows import BoolArray, FloatArray

NO_SLOPES = np.empty(0)


class Diagonal:
    """Variances only."""

    name: ClassVar[str] = "diagonal"
    joint_columns: ClassVar[bool] = False

    def condition(self, covariances: FloatArray, patterns: Patterns) -> Conditional:
        # In order of their axes, since the order of a sum over the last one follows that of the numbers in memory.
        observed, residuals = (
            np.ascontiguousarray(np.moveaxis(covariances[:, columns], 0, 1))
            for columns in (patterns.observed, patterns.missing)
        )
        with np.errstate(all="ignore"):  # variances that are none
            log_norms = -0.5 * (patterns.observed.shape[1] * LOG_2PI + np.log(observed).sum(-1))
            factors = 1.0 / np.sqrt(observed)
        bad = ~((observed > 0.0).all(axis=-1) & np.isfinite(log_norms))
        if bad.any():
            log_norms = np.where(bad, np.nan, log_norms)
            factors, residuals = (np.where(bad[..., None], np.nan, values) for values in (factors, residuals))
        return Conditional(log_norms, factors, NO_SLOPES, residuals)

    def whiten(self, conditional: Conditional, deviations: FloatArray) -> FloatArray:
        white: FloatArray = conditional.factors[..., None] * deviations
        return white

    def scatter(self, weighted: FloatArray, deviations: FloatArray) -> FloatArray:
        scatter: FloatArray = np.einsum("pkon,pkon->pko", weighted, deviations)
        return scatter

    def features(self, values: FloatArray) -> FloatArray:
        n_patterns, o, n = values.shape
        features = rows_apart(n_patterns, 1 + 2 * o, n)
        features[:, 0] = 1.0
        features[:, 1 : o + 1] = values
        np.multiply(values, values, out=features[:, o + 1 :])
        return features

    def coefficients(self, conditional: Conditional, means: FloatArray) -> FloatArray:
        precisions = conditional.factors**2
        linear = precisions * means
        constant = conditional.log_norms - 0.5 * (linear * means).sum(-1)
        return np.ascontiguousarray(np.concatenate([constant[..., None], linear, -0.5 * precisions], axis=-1))

    def about_means(self, totals: FloatArray, means: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        o = means.shape[2]
        counts, raw = totals[..., 0], totals[..., 1 : o + 1]
        sums = raw - counts[..., None] * means
        return counts, sums, totals[..., o + 1 :] - means * (raw + sums)

    def precision_norm(self, conditional: Conditional) -> FloatArray:
        norms = (conditional.factors**2).max(axis=(0, 2), initial=0.0)
        return np.where(np.isfinite(norms), norms, np.inf)

    def complete(
        self, conditional: Conditional, patterns: Patterns, counts: FloatArray, sums: FloatArray, scatter: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        if patterns.complete:
            return sums[0], scatter[0]
        k, unexplained = sums.shape[1], counts[..., None] * conditional.residuals
        # Different patterns add to the same columns: a product with an indicator of the column adds them up.
        seen, unseen = (
            np.eye(patterns.n_features)[columns.ravel()] for columns in (patterns.observed, patterns.missing)
        )
        added, squares, rest = (np.swapaxes(cells, 0, 1).reshape(k, -1) for cells in (sums, scatter, unexplained))
        # One product per component: how a product of matrices rounds may depend on how many rows they have.
        added, squares, rest = (cells[:, None, :] for cells in (added, squares, rest))
        return (added @ seen)[:, 0], (squares @ seen + rest @ unseen)[:, 0]

    def expected(self, conditional: Conditional, deviations: FloatArray) -> FloatArray:
        n_patterns, k, _, n = deviations.shape
        return np.zeros((n_patterns, k, conditional.residuals.shape[2], n))

    def residual_variances(self, conditional: Conditional) -> FloatArray:
        return conditional.residuals

    def draw_factors(self, conditional: Conditional) -> FloatArray:
        factors: FloatArray = np.sqrt(conditional.residuals[0])[:, :, None] * np.eye(conditional.residuals.shape[2])
        return factors

    def diagonal(self, covariances: FloatArray) -> FloatArray:
        return covariances

    def dense(self, covariances: FloatArray) -> FloatArray:
        return covariances[:, :, None] * np.eye(covariances.shape[1])

    def as_scatter(self, covariances: FloatArray) -> FloatArray:
        return covariances

    def from_dense(self, matrices: FloatArray) -> FloatArray:
        return np.diagonal(matrices, axis1=-2, axis2=-1).copy()

    def rescale(self, covariances: FloatArray, scale: FloatArray) -> FloatArray:
        return covariances * scale**2

    def relative_eigenvalues(self, covariances: FloatArray, reference: FloatArray) -> FloatArray:
        return np.sort(covariances / reference, axis=1)

    def centre(self, scatter: FloatArray, shift: FloatArray, counts: FloatArray) -> FloatArray:
        return scatter - counts[:, None] * shift**2

    def raise_to(self, covariances: FloatArray, floor: FloatArray) -> FloatArray:
        return np.maximum(covariances, floor)

    def above(self, covariances: FloatArray, floor: FloatArray) -> BoolArray:
        enough = (covariances >= (1.0 - ROUNDING) * floor) & (covariances > 0.0) & np.isfinite(covariances)
        return np.asarray(enough.all(axis=1))

    def canonical(self, covariances: FloatArray) -> FloatArray:
        return covariances

    def to_plain(self, covariance: FloatArray, columns: Sequence[str]) -> dict[str, Any]:
        return {"covariance": dict(zip(columns, covariance.tolist(), strict=True))}

    def from_plain(self, component: Mapping[str, Any], columns: Sequence[str]) -> FloatArray:
        return np.array([component["covariance"][name] for name in columns], dtype=np.float64)


DIAGONAL = Diagonal()
