"""Mixtures of factor analysers: q factors shared by all columns of a component, and noise of each column's own.

Sigma_k = L_k L_k' + Psi_k with loadings L_k (d, q) and diagonal noise Psi_k.  Given the noise, the most likely loadings
are a formula: with eigenvalues t and eigenvectors U of Psi^-1/2 (S / n) Psi^-1/2, the q largest of them give
L = Psi^1/2 U (t - 1)^1/2 (Lawley & Maxwell).  Given the loadings, the noise of one column after the other has a
formula as well (Zhao, Yu & Jiang 2008).  The two in turn, from the previous covariances, never go down; one round does,
since the climb around it goes on.

The floor bounds the noise: where a column's noise would vanish (a Heywood case), it stays at the floor, which is the
constrained maximum of its formula.  Loadings are free up to a rotation; they are turned to be as near as
possible to the previous ones, so that acceleration sees them move smoothly.

scatter      (C, d, d)  of the components of many mixtures in a row: none depends on another
covariances  (C, d, q + 1), the noise in the last column
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from emcli.core.families.elliptical.covariances.above_floor import or_nothing
from emcli.core.families.elliptical.covariances.factored import FACTORED
from emcli.core.families.elliptical.covariances.matrices import diagonals, each, eigen, inverses
from emcli.core.families.elliptical.covariances.protocol import Layout
from emcli.core.model.segments import Segments
from emcli.data.rows import FloatArray

PREFIX = "factor:"
ROUNDS = 1  # more cost more than they save: measured
ROUNDS_AFRESH = 8
LEAST_NOISE = 1e-8  # of a column's variance, where no floor is given
FRESH_NOISE = 0.5  # of a column's variance, where there is nothing to set out from


@dataclass(frozen=True)
class Factor:
    """q factors per component."""

    n_factors: int

    layout: ClassVar[Layout] = FACTORED
    invariance: ClassVar[str] = "columns"
    linear: ClassVar[bool] = True
    own_covariances: ClassVar[bool] = False
    separate: ClassVar[bool] = True

    @property
    def name(self) -> str:
        return f"{PREFIX}{self.n_factors}"

    @property
    def pooled(self) -> str:
        return self.name

    def estimate(
        self,
        scatter: FloatArray,
        counts: FloatArray,
        segments: Segments,
        previous: FloatArray | None = None,
        floor: FloatArray | None = None,
    ) -> FloatArray:
        with np.errstate(all="ignore"):
            return or_nothing(self.searched(scatter / counts[:, None, None], previous, floor), segments)

    def searched(self, moments: FloatArray, previous: FloatArray | None, floor: FloatArray | None) -> FloatArray:
        """The covariances (C, d, q + 1) from S_k / n_k (C, d, d); not finite where there are none."""
        spread = diagonals(moments)
        spread = np.where((spread >= 0.0).all(axis=1, keepdims=True), spread, np.nan)
        least = LEAST_NOISE * spread + np.finfo(float).tiny if floor is None else np.diagonal(floor)
        if previous is None:
            noise, before = np.maximum(FRESH_NOISE * spread, least), None
        else:
            noise, before = np.where(np.isnan(spread), np.nan, previous[..., -1]), previous[..., :-1]
        for _ in range(ROUNDS_AFRESH if before is None else ROUNDS):
            loadings = best_loadings(moments, noise, self.n_factors)
            noise = better_noise(moments, loadings, noise, least)
        loadings = best_loadings(moments, noise, self.n_factors)
        if before is not None:
            loadings = turned_towards(loadings, before)
        return np.concatenate([loadings, noise[..., None]], axis=-1)

    def floor(self, floor: FloatArray) -> FloatArray:
        return np.diag(np.diagonal(floor))

    def n_parameters(self, n_components: int, n_features: int) -> int:
        d, q = n_features, min(self.n_factors, n_features)
        return n_components * min(d * q + d - q * (q - 1) // 2, d * (d + 1) // 2)


def parsed(name: str) -> Factor | None:
    """The model that a name like factor:2 means, or None."""
    number = name.removeprefix(PREFIX)
    whole = name.startswith(PREFIX) and number.isascii() and number.isdigit() and len(number) < 6 and int(number) > 0
    return Factor(int(number)) if whole else None


def best_loadings(moments: FloatArray, noise: FloatArray, q: int) -> FloatArray:
    """The most likely loadings (C, d, q) given the noise (C, d); zeros where there are fewer columns than factors."""
    root = np.sqrt(noise)
    values, axes = eigen(moments / (root[:, :, None] * root[:, None, :]))
    kept = min(q, moments.shape[1])
    lengths = np.sqrt(np.maximum(values[:, -kept:] - 1.0, 0.0))
    loadings = np.zeros((*noise.shape, q))
    loadings[..., :kept] = (root[:, :, None] * axes[..., -kept:] * lengths[:, None, :])[..., ::-1]
    return loadings


def better_noise(moments: FloatArray, loadings: FloatArray, noise: FloatArray, least: FloatArray) -> FloatArray:
    """The noise (C, d) after each column's was made the most likely in turn, given the loadings and the others'.

    With P the inverse covariance, a change of noise j by t changes the log-likelihood by half of
    t b / (1 + t a) - log(1 + t a), where a = P_jj and b = (P S P)_jj; its only maximum is at t = (b - a) / a^2.
    """
    noise = noise.copy()
    inverse = inverses(FACTORED.dense(np.concatenate([loadings, noise[..., None]], axis=-1)))
    for j in range(noise.shape[1]):
        column = inverse[:, :, j]
        a, b = column[:, j], ((moments @ column[..., None])[..., 0] * column).sum(axis=1)
        better = np.maximum(noise[:, j] + (b - a) / a**2, least[..., j])
        change = better - noise[:, j]
        noise[:, j] = better
        inverse = inverse - (change / (1.0 + change * a))[:, None, None] * column[:, :, None] * column[:, None, :]
    return noise


def turned_towards(loadings: FloatArray, before: FloatArray) -> FloatArray:
    """The loadings times the rotation that brings them nearest to those before (orthogonal Procrustes)."""
    rotations = each(nearest_rotations, np.swapaxes(loadings, 1, 2) @ before)
    return np.asarray(loadings @ rotations)


def nearest_rotations(products: FloatArray) -> FloatArray:
    """The orthonormal matrices (n, q, q) nearest to some matrices."""
    left, _, right = np.linalg.svd(products)
    return np.asarray(left @ right, dtype=np.float64)
