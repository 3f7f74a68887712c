"""Components of equal orientation and different shape: EVE and VVE.

Sigma_k = lambda_k D A_k D' with one orthonormal D.  Given D, everything else follows from the diagonals F_k of
D' S_k D, and what is left is a function of D alone, to be made small:

    VVE   sum_k n_k log|F_k|                        (Flury's common principal components)
    EVE   n d log sum_k exp(log|F_k| / d)

Browne & McNicholas 2014 step towards its minimum by majorisation, safely but slowly.  Here D is turned in all planes
(i, j) at once by the angles of Newton's method with a diagonal Hessian, and the turn is halved until it improves, so
it is as safe and takes a few steps.  D sets out from the axes of the previous covariances, hence EM stays
monotone; without any, from the best of the axes of the pooled and of the single scatters.

D        (d, d)     columns are the common axes
turned   (k, d, d)  D' S_k D
shares   (k,)       derivative of the function by log|F_k|
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from emcli.core.families.elliptical.covariances.dense import symmetric
from emcli.data.table import FloatArray

MOST_TURNS = 100
SETTLED = 1e-13  # gain, relative to the rows, below which another turn only adds rounding
WIDEST = np.pi / 4  # a turn beyond it only renames the axes
SMALLEST = 2.0**-12  # the last try at halving a turn


@dataclass(frozen=True)
class Loss:
    """What is to be made small, as a function of log|F_k| (k,), with its derivatives.

    The second derivative by L_k and L_l is coupling x (c_k if k = l, minus c_k c_l / n).
    """

    value: Callable[[FloatArray], float]
    shares: Callable[[FloatArray], FloatArray]
    coupling: float


def varying_volumes(counts: FloatArray) -> Loss:
    """The loss of VVE."""
    return Loss(lambda logs: float(counts @ logs), lambda logs: counts, 0.0)


def equal_volumes(counts: FloatArray, d: int) -> Loss:
    """The loss of EVE."""
    n = float(counts.sum())

    def value(logs: FloatArray) -> float:
        top = logs.max()
        return n * float(top + d * np.log(np.exp((logs - top) / d).sum()))

    def shares(logs: FloatArray) -> FloatArray:
        roots = np.exp((logs - logs.max()) / d)
        return np.asarray(n * roots / roots.sum())

    return Loss(value, shares, 1.0 / d)


def vve(scatter: FloatArray, counts: FloatArray, previous: FloatArray | None) -> FloatArray:
    """Each component's variances along the common axes: F_k / n_k."""
    axes = common_axes(scatter, varying_volumes(counts), previous)
    return along(axes, spreads(scatter, axes) / counts[:, None])


def eve(scatter: FloatArray, counts: FloatArray, previous: FloatArray | None) -> FloatArray:
    """As EVI along the common axes: lambda = sum_k |F_k|^(1/d) / n, A_k = F_k / |F_k|^(1/d)."""
    axes = common_axes(scatter, equal_volumes(counts, scatter.shape[1]), previous)
    variances = spreads(scatter, axes)
    roots = np.exp(np.log(variances).mean(axis=1))
    return along(axes, variances * (roots.sum() / counts.sum() / roots)[:, None])


def along(axes: FloatArray, variances: FloatArray) -> FloatArray:
    """Covariances (k, d, d) with these variances (k, d) along the axes."""
    return symmetric((axes * variances[:, None, :]) @ axes.T)


def spreads(scatter: FloatArray, axes: FloatArray) -> FloatArray:
    """The diagonals F_k (k, d) of the scatters along the axes."""
    return np.asarray(np.einsum("ij,kij->kj", axes, scatter @ axes))


def common_axes(scatter: FloatArray, loss: Loss, previous: FloatArray | None) -> FloatArray:
    """The axes D that make the loss smallest, as far as can be seen from where the search sets out."""
    if previous is not None:
        return turned_to_rest(scatter, loss, axes_of(previous))
    sizes = np.trace(scatter, axis1=1, axis2=2)[:, None, None]
    _, found = np.linalg.eigh(np.concatenate([scatter.sum(axis=0)[None], scatter / sizes]))
    ends = [turned_to_rest(scatter, loss, axes) for axes in found]
    return min(ends, key=lambda axes: loss.value(np.log(spreads(scatter, axes)).sum(axis=1)))


def axes_of(covariances: FloatArray) -> FloatArray:
    """The axes that covariances of this model share.

    The eigenvectors of a sum of them, with weights too odd to make two axes equally long by chance; for
    such an accident they are turned until they fit all covariances, which is possible without a rest.
    """
    k = len(covariances)
    odd = 1.0 + np.modf(np.sqrt(2.0) * np.arange(1.0, k + 1.0))[0]
    sizes = np.trace(covariances, axis1=1, axis2=2)
    _, axes = np.linalg.eigh(np.einsum("k,kij->ij", odd / sizes, covariances))
    return turned_to_rest(covariances, varying_volumes(np.ones(k)), axes)


def turned_to_rest(scatter: FloatArray, loss: Loss, axes: FloatArray) -> FloatArray:
    """The axes after turning them until no turn brings a gain worth the name."""
    d = len(axes)
    turned = axes.T @ scatter @ axes
    logs = np.log(diagonals(turned)).sum(axis=1)
    value = loss.value(logs)
    for _ in range(MOST_TURNS if d > 1 else 0):
        shares = loss.shares(logs)
        angles, promised = newton_angles(turned, shares, loss.coupling)
        if not promised > SETTLED * shares.sum():
            break
        step = 1.0
        while step > SMALLEST:
            turn = cayley(step * angles)
            tried = turn.T @ turned @ turn
            logs = np.log(diagonals(tried)).sum(axis=1)
            if loss.value(logs) < value:
                break
            step *= 0.5
        else:
            break
        axes, turned, value = axes @ turn, tried, loss.value(logs)
    return axes


def diagonals(matrices: FloatArray) -> FloatArray:
    """(k, d) of (k, d, d)."""
    return np.diagonal(matrices, axis1=1, axis2=2)


def newton_angles(turned: FloatArray, shares: FloatArray, coupling: float) -> tuple[FloatArray, float]:
    """Angles (d, d), antisymmetric, by which to turn axis i towards axis j, and the gain they promise.

    Along a turn by t in the plane (i, j), log|F_k| grows by g_k t + h_k t^2 to second order, where with F = `turned`
    g_k = 2 F_ij (1/F_ii - 1/F_jj) and h_k = (F_jj - F_ii)^2 / (F_ii F_jj) - 2 F_ij^2 (1/F_ii^2 + 1/F_jj^2).
    """
    f = diagonals(turned)
    inverse = 1.0 / f
    slopes = 2.0 * turned * (inverse[:, :, None] - inverse[:, None, :])
    slope = np.einsum("k,kij->ij", shares, slopes)
    spread = np.einsum("k,kij->ij", shares, slopes**2) - slope**2 / shares.sum()
    apart = (f[:, None, :] - f[:, :, None]) ** 2 * (inverse[:, :, None] * inverse[:, None, :])
    bend = turned**2 * (inverse[:, :, None] ** 2 + inverse[:, None, :] ** 2)
    curvature = np.einsum("k,kij->ij", shares, apart - 2.0 * bend) + 0.5 * coupling * spread
    # Where the loss bends downwards the step of Newton's method would climb: go a fixed way downhill instead.
    safe = np.where(curvature > 0.0, curvature, np.inf)
    angles = np.where(curvature > 0.0, -slope / (2.0 * safe), -np.sign(slope) * WIDEST / 2)
    angles = np.clip(angles, -WIDEST, WIDEST)
    np.fill_diagonal(angles, 0.0)
    return angles, float(0.25 * np.abs(slope * angles).sum())


def cayley(angles: FloatArray) -> FloatArray:
    """An orthonormal matrix that turns by about these angles: column i moves towards column j by angle (i, j)."""
    half = 0.5 * angles.T
    identity = np.eye(len(angles))
    return np.asarray(np.linalg.solve(identity - half, identity + half), dtype=np.float64)
