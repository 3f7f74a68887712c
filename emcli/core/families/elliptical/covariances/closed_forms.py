"""The covariance models whose maximum-likelihood estimates are formulas (Celeux & Govaert 1995, section 3 and table 1).

scatter  (k, d) diagonals or (k, d, d) matrices S_k = sum_i r_ik z_i z_i'
counts   (k,)   n_k, their sum n
"""

from __future__ import annotations

import numpy as np

from emcli.core.families.elliptical.covariances.dense import symmetric
from emcli.data.table import FloatArray


def eii(scatter: FloatArray, counts: FloatArray, previous: FloatArray | None) -> FloatArray:
    """Equal balls: lambda = sum_k tr S_k / (n d)."""
    return np.full_like(scatter, scatter.sum() / (counts.sum() * scatter.shape[1]))


def vii(scatter: FloatArray, counts: FloatArray, previous: FloatArray | None) -> FloatArray:
    """Balls: lambda_k = tr S_k / (n_k d)."""
    variance = scatter.mean(axis=1) / counts
    return np.repeat(variance[:, None], scatter.shape[1], axis=1)


def equal(scatter: FloatArray, counts: FloatArray, previous: FloatArray | None) -> FloatArray:
    """EEI, EEE: one covariance, sum_k S_k / n."""
    pooled = scatter.sum(axis=0) / counts.sum()
    return np.repeat(pooled[None], len(counts), axis=0)


def own(scatter: FloatArray, counts: FloatArray, previous: FloatArray | None) -> FloatArray:
    """VVI, VVV: Sigma_k = S_k / n_k."""
    return scatter / counts.reshape((-1,) + (1,) * (scatter.ndim - 1))


def evi(scatter: FloatArray, counts: FloatArray, previous: FloatArray | None) -> FloatArray:
    """Equal volume, diagonal: lambda = sum_k |S_k|^(1/d) / n, A_k = S_k / |S_k|^(1/d)."""
    roots = np.exp(np.log(scatter).mean(axis=1))
    return np.asarray(scatter * (roots.sum() / counts.sum() / roots)[:, None])


def evv(scatter: FloatArray, counts: FloatArray, previous: FloatArray | None) -> FloatArray:
    """Equal volume, all else free: as EVI, with matrices."""
    roots = np.exp(np.linalg.slogdet(scatter)[1] / scatter.shape[1])
    return np.asarray(scatter * (roots.sum() / counts.sum() / roots)[:, None, None])


def eev(scatter: FloatArray, counts: FloatArray, previous: FloatArray | None) -> FloatArray:
    """Equal ellipsoids, each with axes of its own: the eigenvalues are pooled in order of size."""
    values, axes = np.linalg.eigh(scatter)
    pooled = values.sum(axis=0) / counts.sum()
    return symmetric((axes * pooled) @ np.swapaxes(axes, 1, 2))
