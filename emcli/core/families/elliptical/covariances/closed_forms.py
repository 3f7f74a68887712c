"""The covariance models whose maximum-likelihood estimates are formulas (Celeux & Govaert 1995, section 3 and table 1).

scatter   (C, d) diagonals or (C, d, d) matrices S_k = sum_i r_ik z_i z_i'
counts    (C,)   n_k, their sum over the components of a mixture n
segments         which components k make up a mixture: every sum over k runs over those of one mixture
"""

from __future__ import annotations

import numpy as np

from emcli.core.families.elliptical.covariances.matrices import eigen, log_determinants, spread, symmetric
from emcli.core.model.segments import Segments
from emcli.data.rows import FloatArray


def eii(scatter: FloatArray, counts: FloatArray, segments: Segments, previous: FloatArray | None) -> FloatArray:
    """Equal balls: lambda = sum_k tr S_k / (n d)."""
    variance = segments.total(scatter.mean(axis=1)) / segments.total(counts)
    return np.repeat(segments.each(variance)[:, None], scatter.shape[1], axis=1)


def vii(scatter: FloatArray, counts: FloatArray, segments: Segments, previous: FloatArray | None) -> FloatArray:
    """Balls: lambda_k = tr S_k / (n_k d)."""
    variance = scatter.mean(axis=1) / counts
    return np.repeat(variance[:, None], scatter.shape[1], axis=1)


def equal(scatter: FloatArray, counts: FloatArray, segments: Segments, previous: FloatArray | None) -> FloatArray:
    """EEI, EEE: one covariance, sum_k S_k / n."""
    return segments.each(per_row(segments.total(scatter), segments.total(counts)))


def own(scatter: FloatArray, counts: FloatArray, segments: Segments, previous: FloatArray | None) -> FloatArray:
    """VVI, VVV: Sigma_k = S_k / n_k."""
    return per_row(scatter, counts)


def evi(scatter: FloatArray, counts: FloatArray, segments: Segments, previous: FloatArray | None) -> FloatArray:
    """Equal volume, diagonal: lambda = sum_k |S_k|^(1/d) / n, A_k = S_k / |S_k|^(1/d)."""
    return of_equal_volume(scatter, np.exp(np.log(scatter).mean(axis=1)), counts, segments)


def evv(scatter: FloatArray, counts: FloatArray, segments: Segments, previous: FloatArray | None) -> FloatArray:
    """Equal volume, all else free: as EVI, with matrices."""
    return of_equal_volume(scatter, np.exp(log_determinants(scatter) / scatter.shape[1]), counts, segments)


def eev(scatter: FloatArray, counts: FloatArray, segments: Segments, previous: FloatArray | None) -> FloatArray:
    """Equal ellipsoids, each with axes of its own: the eigenvalues are pooled in order of size."""
    values, axes = eigen(scatter)
    pooled = segments.each(per_row(segments.total(values), segments.total(counts)))
    return symmetric((axes * pooled[:, None, :]) @ np.swapaxes(axes, 1, 2))


def of_equal_volume(scatter: FloatArray, roots: FloatArray, counts: FloatArray, segments: Segments) -> FloatArray:
    """The scatters, each divided by the root (C,) of its own determinant, times the volume of all."""
    volume = segments.total(roots) / segments.total(counts)
    return per_row(scatter, roots / segments.each(volume))


def per_row(scatter: FloatArray, counts: FloatArray) -> FloatArray:
    """Each scatter (n, ...) divided by its count (n,)."""
    return np.asarray(scatter / spread(counts, scatter))
