"""Covariances stored as full symmetric matrices (k, d, d).

Everything follows from the Cholesky factor L of the observed block S_oo = L L': W = L^-1 whitens deviations,
log det S_oo = 2 sum log diag L, and the regression of the missing on the observed columns is S_mo W' W
(Little & Rubin call its use on every row, with the residual covariance added, the E step of the normal model).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, ClassVar

import numpy as np

from emcli.core.families.elliptical.covariances.matrices import (
    cholesky,
    eigen,
    finite,
    inverse_of_factors,
    positive_definite,
    symmetric,
)
from emcli.core.families.elliptical.covariances.protocol import Conditional
from emcli.data.chunk import Patterns
from emcli.data.rows import BoolArray, FloatArray, IntArray

LOG_2PI = float(np.log(2.0 * np.pi))
NEARLY_NOTHING = 1e-10  # of the largest eigenvalue: wider than rounding, narrower than what anybody sees
PADDING = 8  # numbers in a line of the cache
ROUNDING = 1e-9  # a covariance clipped at the floor lies on it up to rounding, and must count as feasible


def block(matrices: FloatArray, rows: IntArray, columns: IntArray) -> FloatArray:
    """Sub-matrices (P, k, r, c) of matrices (k, d, d) for every pattern's rows (P, r) and columns (P, c)."""
    return np.ascontiguousarray(np.moveaxis(matrices[:, rows[:, :, None], columns[:, None, :]], 0, 1))


def rows_apart(n_patterns: int, n_features: int, n: int) -> FloatArray:
    """An empty array (P, p, n) whose rows do not begin a power of two apart: such rows share lines of the cache."""
    return np.empty((n_patterns, n_features, n + PADDING))[..., :n]


@cache
def pairs(n_columns: int) -> tuple[IntArray, IntArray, FloatArray]:
    """First and second column of every pair i <= j, and 1/2 where i = j, 1 elsewhere."""
    rows, columns = np.triu_indices(n_columns)
    return rows, columns, np.where(rows == columns, 0.5, 1.0)


@cache
def places(n_columns: int) -> IntArray:
    """Where among the features the product of columns i and j is, for all i and j (d * d,)."""
    rows, columns, _ = pairs(n_columns)
    places = np.empty((n_columns, n_columns), dtype=np.intp)
    places[rows, columns] = places[columns, rows] = np.arange(len(rows)) + 1 + n_columns
    return places.ravel()


class Dense:
    """Full matrices."""

    name: ClassVar[str] = "dense"
    joint_columns: ClassVar[bool] = True

    def condition(self, covariances: FloatArray, patterns: Patterns) -> Conditional:
        o, m = patterns.observed, patterns.missing
        observed = covariances[None] if patterns.complete else block(covariances, o, o)
        lower = cholesky(observed)
        factors = inverse_of_factors(lower)
        log_det = 2.0 * np.log(np.diagonal(lower, axis1=-2, axis2=-1)).sum(-1)
        log_norms = -0.5 * (o.shape[1] * LOG_2PI + log_det)
        if patterns.complete:
            k, d = covariances.shape[:2]
            return Conditional(log_norms, factors, np.empty((1, k, 0, d)), np.empty((1, k, 0, 0)))
        with np.errstate(all="ignore"):  # covariances that are not finite
            half = block(covariances, m, o) @ np.swapaxes(factors, -1, -2)
            residuals = block(covariances, m, m) - half @ np.swapaxes(half, -1, -2)
            return Conditional(log_norms, factors, half @ factors, residuals)

    def whiten(self, conditional: Conditional, deviations: FloatArray) -> FloatArray:
        return conditional.factors @ deviations

    def scatter(self, weighted: FloatArray, deviations: FloatArray) -> FloatArray:
        return weighted @ np.swapaxes(deviations, -1, -2)

    def features(self, values: FloatArray) -> FloatArray:
        n_patterns, o, n = values.shape
        features = rows_apart(n_patterns, 1 + o + o * (o + 1) // 2, n)
        features[:, 0] = 1.0
        features[:, 1 : o + 1] = values
        at = o + 1
        for j in range(o):
            np.multiply(values[:, j : j + 1], values[:, j:], out=features[:, at : at + o - j])
            at += o - j
        return features

    def coefficients(self, conditional: Conditional, means: FloatArray) -> FloatArray:
        precisions = np.swapaxes(conditional.factors, -1, -2) @ conditional.factors
        linear = (precisions @ means[..., None])[..., 0]
        rows, columns, halves = pairs(means.shape[2])
        constant = conditional.log_norms - 0.5 * (linear * means).sum(-1)
        features = np.concatenate([constant[..., None], linear, -halves * precisions[..., rows, columns]], axis=-1)
        return np.ascontiguousarray(features)

    def about_means(self, totals: FloatArray, means: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        o = means.shape[2]
        counts, raw = totals[..., 0], totals[..., 1 : o + 1]
        scatter = totals.take(places(o), axis=-1).reshape(*means.shape, o)
        sums = raw - counts[..., None] * means
        # sum r (x - m)(x - m)' = sum r x x' - m (sum r x)' - (sum r (x - m)) m'
        scatter -= means[..., :, None] * raw[..., None, :] + sums[..., :, None] * means[..., None, :]
        return counts, sums, scatter

    def precision_norm(self, conditional: Conditional) -> FloatArray:
        norms = (conditional.factors**2).sum(axis=(-1, -2)).max(axis=0, initial=0.0)
        return np.where(np.isfinite(norms), norms, np.inf)

    def complete(
        self, conditional: Conditional, patterns: Patterns, counts: FloatArray, sums: FloatArray, scatter: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        if patterns.complete:
            return sums[0], scatter[0]
        n_patterns, k, _ = sums.shape
        d = patterns.n_features
        pattern = np.arange(n_patterns)[:, None]
        spread = np.zeros((n_patterns, k, d, patterns.observed.shape[1]))
        spread[pattern, :, patterns.observed, np.arange(patterns.observed.shape[1])] = 1.0
        np.moveaxis(spread, 1, 2)[pattern, patterns.missing] = np.moveaxis(conditional.slopes, 1, 2)
        full_sums = (spread @ sums[..., None])[..., 0].sum(0)
        full = (spread @ scatter @ np.swapaxes(spread, -1, -2)).sum(0)
        unexplained = counts[..., None, None] * conditional.residuals
        rows, columns = patterns.missing[:, :, None], patterns.missing[:, None, :]
        # Different patterns add to the same cells of the matrix, hence the unbuffered addition.
        np.add.at(np.moveaxis(full, 0, -1), (rows, columns), np.moveaxis(unexplained, 1, -1))
        return full_sums, full

    def expected(self, conditional: Conditional, deviations: FloatArray) -> FloatArray:
        return conditional.slopes @ deviations

    def residual_variances(self, conditional: Conditional) -> FloatArray:
        return np.diagonal(conditional.residuals, axis1=-2, axis2=-1)

    def draw_factors(self, conditional: Conditional) -> FloatArray:
        return np.array([lower_factor(residual) for residual in symmetric(conditional.residuals[0])])

    def diagonal(self, covariances: FloatArray) -> FloatArray:
        return np.diagonal(covariances, axis1=-2, axis2=-1)

    def dense(self, covariances: FloatArray) -> FloatArray:
        return covariances

    def as_scatter(self, covariances: FloatArray) -> FloatArray:
        return covariances

    def from_dense(self, matrices: FloatArray) -> FloatArray:
        return matrices

    def rescale(self, covariances: FloatArray, scale: FloatArray) -> FloatArray:
        return symmetric(covariances) * (scale[:, None] * scale)

    def relative_eigenvalues(self, covariances: FloatArray, reference: FloatArray) -> FloatArray:
        whiten = inverse_of_factors(cholesky(reference))
        return eigen(whiten @ covariances @ whiten.T)[0]

    def centre(self, scatter: FloatArray, shift: FloatArray, counts: FloatArray) -> FloatArray:
        return scatter - counts[:, None, None] * (shift[:, :, None] * shift[:, None, :])

    def raise_to(self, covariances: FloatArray, floor: FloatArray) -> FloatArray:
        low = ~self.above(covariances, floor)
        if not low.any():
            return covariances
        raised = covariances.copy()
        raised[low] = raised_all(covariances[low], floor)
        return raised

    def above(self, covariances: FloatArray, floor: FloatArray) -> BoolArray:
        with np.errstate(all="ignore"):
            return positive_definite(covariances - (1.0 - ROUNDING) * floor)

    def canonical(self, covariances: FloatArray) -> FloatArray:
        return covariances

    def to_plain(self, covariance: FloatArray, columns: Sequence[str]) -> dict[str, Any]:
        return {"covariance": covariance.tolist()}

    def from_plain(self, component: Mapping[str, Any], columns: Sequence[str]) -> FloatArray:
        return np.array(component["covariance"], dtype=np.float64)


def raised_all(covariances: FloatArray, floor: FloatArray) -> FloatArray:
    """The covariances with all eigenvalues relative to the floor raised to one; those that are not finite as they are.

    A floor is positive definite, or zero where there is none: below that is only what is no covariance at all.
    """
    lower = cholesky(floor)
    whiten = inverse_of_factors(lower)
    with np.errstate(all="ignore"):
        values, vectors = eigen(whiten @ covariances @ whiten.T)
        axes = lower @ vectors
        raised = symmetric((axes * np.maximum(values, 1.0)[:, None, :]) @ np.swapaxes(axes, -1, -2))
    return np.where(finite(covariances)[:, None, None], raised, covariances)


def lower_factor(covariance: FloatArray) -> FloatArray:
    """The Cholesky factor (m, m); of a covariance that rounding has made singular, that of a slightly wider one."""
    try:
        return np.asarray(np.linalg.cholesky(covariance))
    except np.linalg.LinAlgError:
        values, axes = np.linalg.eigh(covariance)
        least = NEARLY_NOTHING * max(float(values[-1]), NEARLY_NOTHING)
        return np.asarray(np.linalg.cholesky(symmetric((axes * np.maximum(values, least)) @ axes.T)))


DENSE = Dense()
