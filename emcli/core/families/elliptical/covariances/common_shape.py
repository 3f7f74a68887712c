"""Components of equal shape and different volume: VEI, VEE and VEV.

Sigma_k = lambda_k C_k with one shape C has no closed form, but given C the best volumes are
lambda_k = tr(S_k C^-1) / (n_k d), and given the volumes the best C is sum_k S_k / lambda_k, rescaled to determinant 1
(Celeux & Govaert 1995).  Alternating is a descent of a function that is convex in log lambda and along geodesics
of C, so it ends at the one minimum from anywhere.  Volumes set out from those of the previous covariances, which
makes every single round an improvement on them: EM stays monotone even where the rounds are stopped early.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from emcli.core.families.elliptical.covariances.dense import symmetric
from emcli.data.table import FloatArray

SETTLED = 1e-14  # relative change of the volumes below which another round only adds rounding
MOST_ROUNDS = 500


def vei(scatter: FloatArray, counts: FloatArray, previous: FloatArray | None) -> FloatArray:
    """Diagonal: S_k (k, d)."""
    d = scatter.shape[1]

    def round_of(volumes: FloatArray) -> tuple[FloatArray, FloatArray]:
        shape = (scatter / volumes[:, None]).sum(axis=0)
        shape /= np.exp(np.log(shape).mean())
        return shape, (scatter / shape).sum(axis=1) / (counts * d)

    start = scatter.mean(axis=1) / counts if previous is None else np.exp(np.log(previous).mean(axis=1))
    shape, volumes = settled(round_of, start)
    return volumes[:, None] * shape


def vee(scatter: FloatArray, counts: FloatArray, previous: FloatArray | None) -> FloatArray:
    """Ellipsoids of equal shape and orientation."""
    d = scatter.shape[1]

    def round_of(volumes: FloatArray) -> tuple[FloatArray, FloatArray]:
        shape = (scatter / volumes[:, None, None]).sum(axis=0)
        shape /= np.exp(np.linalg.slogdet(shape)[1] / d)
        return shape, np.einsum("ij,kji->k", np.linalg.inv(shape), scatter) / (counts * d)

    traces = np.trace(scatter, axis1=1, axis2=2)
    start = traces / (counts * d) if previous is None else np.exp(np.linalg.slogdet(previous)[1] / d)
    shape, volumes = settled(round_of, start)
    return volumes[:, None, None] * shape


def vev(scatter: FloatArray, counts: FloatArray, previous: FloatArray | None) -> FloatArray:
    """Ellipsoids of equal shape, each with axes of its own: the eigenvalues, in order of size, follow VEI."""
    values, axes = np.linalg.eigh(scatter)
    before: FloatArray | None = None if previous is None else np.asarray(np.linalg.eigh(previous)[0])
    fitted = vei(np.maximum(values, 0.0), counts, before)
    return symmetric((axes * fitted[:, None, :]) @ np.swapaxes(axes, 1, 2))


def settled(
    round_of: Callable[[FloatArray], tuple[FloatArray, FloatArray]], volumes: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Shape and volumes after as many rounds as it takes until the volumes stand still."""
    for _ in range(MOST_ROUNDS):
        shape, better = round_of(volumes)
        still = not np.abs(better - volumes).max() > SETTLED * volumes.max()  # also where they are no numbers
        volumes = better
        if still:
            break
    return shape, volumes
