"""Covariances stored as loadings and noise (k, d, q + 1): Sigma_k = L_k L_k' + Psi_k, the noise in the last column.

A table of hundreds of columns has too few rows for hundreds of thousands of covariances; q factors that all columns
share, and noise of each column's own, need d (q + 1) numbers.  Meeting the data, the matrices are formed and
treated like any dense ones, so scatters, floors and conditionals are matrices (d, d).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from emcli.core.families.elliptical.covariances.dense import DENSE
from emcli.core.families.elliptical.covariances.matrices import finite
from emcli.core.families.elliptical.covariances.protocol import Conditional
from emcli.data.chunk import Patterns
from emcli.data.rows import BoolArray, FloatArray


class Factored:
    """Loadings and noise."""

    name: ClassVar[str] = "factored"
    joint_columns: ClassVar[bool] = True

    def condition(self, covariances: FloatArray, patterns: Patterns) -> Conditional:
        noisy = np.asarray((covariances[..., -1] > 0.0).all(axis=-1))
        with np.errstate(all="ignore"):
            matrices = self.dense(covariances)
        return DENSE.condition(np.where(noisy[:, None, None], matrices, np.nan), patterns)

    def whiten(self, conditional: Conditional, deviations: FloatArray) -> FloatArray:
        return DENSE.whiten(conditional, deviations)

    def scatter(self, weighted: FloatArray, deviations: FloatArray) -> FloatArray:
        return DENSE.scatter(weighted, deviations)

    def features(self, values: FloatArray) -> FloatArray:
        return DENSE.features(values)

    def coefficients(self, conditional: Conditional, means: FloatArray) -> FloatArray:
        return DENSE.coefficients(conditional, means)

    def about_means(self, totals: FloatArray, means: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        return DENSE.about_means(totals, means)

    def precision_norm(self, conditional: Conditional) -> FloatArray:
        return DENSE.precision_norm(conditional)

    def complete(
        self, conditional: Conditional, patterns: Patterns, counts: FloatArray, sums: FloatArray, scatter: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        return DENSE.complete(conditional, patterns, counts, sums, scatter)

    def expected(self, conditional: Conditional, deviations: FloatArray) -> FloatArray:
        return DENSE.expected(conditional, deviations)

    def residual_variances(self, conditional: Conditional) -> FloatArray:
        return DENSE.residual_variances(conditional)

    def draw_factors(self, conditional: Conditional) -> FloatArray:
        return DENSE.draw_factors(conditional)

    def diagonal(self, covariances: FloatArray) -> FloatArray:
        return np.asarray((covariances[..., :-1] ** 2).sum(axis=-1) + covariances[..., -1])

    def dense(self, covariances: FloatArray) -> FloatArray:
        loadings = covariances[..., :-1]
        matrices: FloatArray = loadings @ np.swapaxes(loadings, -1, -2)
        np.einsum("...ii->...i", matrices)[...] += covariances[..., -1]
        return matrices

    def as_scatter(self, covariances: FloatArray) -> FloatArray:
        return self.dense(covariances)

    def from_dense(self, matrices: FloatArray) -> FloatArray:
        return matrices

    def rescale(self, covariances: FloatArray, scale: FloatArray) -> FloatArray:
        rescaled = covariances * scale[:, None]
        rescaled[..., -1] *= scale
        return rescaled

    def relative_eigenvalues(self, covariances: FloatArray, reference: FloatArray) -> FloatArray:
        return DENSE.relative_eigenvalues(self.dense(covariances), reference)

    def centre(self, scatter: FloatArray, shift: FloatArray, counts: FloatArray) -> FloatArray:
        return DENSE.centre(scatter, shift, counts)

    def raise_to(self, covariances: FloatArray, floor: FloatArray) -> FloatArray:
        raised = covariances.copy()
        raised[..., -1] = np.maximum(raised[..., -1], np.diagonal(floor))
        return raised

    def above(self, covariances: FloatArray, floor: FloatArray) -> BoolArray:
        """The floor of these models bounds the noise alone: see `factor`."""
        noise = covariances[..., -1]
        enough = (noise > 0.0) & (noise >= np.diagonal(floor))
        return np.asarray(enough.all(axis=-1)) & finite(covariances)

    def canonical(self, covariances: FloatArray) -> FloatArray:
        """Factors uncorrelated given the noise, the strongest first, each with a positive sum of loadings."""
        turned = covariances.copy()
        for one in turned:
            loadings, noise = one[:, :-1], one[:, -1:]
            _, _, axes = np.linalg.svd(loadings / np.sqrt(noise), full_matrices=False)
            loadings[:, : len(axes)], loadings[:, len(axes) :] = loadings @ axes.T, 0.0
            loadings *= np.where(loadings.sum(axis=0) < 0.0, -1.0, 1.0)
        return turned

    def to_plain(self, covariance: FloatArray, columns: Sequence[str]) -> dict[str, Any]:
        loadings, noise = covariance[:, :-1].tolist(), covariance[:, -1].tolist()
        return {"loadings": dict(zip(columns, loadings, strict=True)), "noise": dict(zip(columns, noise, strict=True))}

    def from_plain(self, component: Mapping[str, Any], columns: Sequence[str]) -> FloatArray:
        rows = [[*component["loadings"][name], component["noise"][name]] for name in columns]
        return np.array(rows, dtype=np.float64)


FACTORED = Factored()
