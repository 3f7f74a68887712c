"""By how much to turn axes that components share, so that their scatters become more diagonal: Newton's method.

A turn by small angles t_ij in all planes (i, j), i < j, is T = I + A + A^2 / 2 with A antisymmetric, A_ji = t_ij.  With
F = `turned`, the scatter of a component along the axes so far, log (T' F T)_ii grows to second order by

    2 (F A)_ii / F_ii + [(A' F A)_ii + (F A^2)_ii] / F_ii - 2 (F A)_ii^2 / F_ii^2

For a single plane that is g t + h t^2 in log|F|, with g = 2 F_ij (1/F_ii - 1/F_jj) and
h = (F_jj - F_ii)^2 / (F_ii F_jj) - 2 F_ij^2 (1/F_ii^2 + 1/F_jj^2).  Far from the end the planes are better taken
apart, each by its own h; near it, together, by the whole Hessian, which ends the search in a few turns where the
scatters have no axes in common.

turned  (C, d, d)
shares  (C,)        derivative of the loss by log|F_k|; the second derivatives are coupling x (c_k if k = l, minus
                    c_k c_l / n)
angles  (B, pairs)
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from emcli.core.families.elliptical.covariances.matrices import (
    cholesky,
    diagonals,
    finite,
    inverse_of_factors,
    inverses,
    symmetric,
)
from emcli.core.model.segments import Segments
from emcli.data.rows import BoolArray, FloatArray, IntArray

WIDEST = np.pi / 4  # a turn beyond it only renames the axes


@cache
def pairs(d: int) -> tuple[IntArray, IntArray]:
    """First and second of every pair of axes i < j."""
    first, second = np.triu_indices(d, 1)
    return first, second


def in_pairs(turned: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """F_ii, F_jj and F_ij (C, pairs) for all pairs i < j."""
    d = turned.shape[1]
    first, second = pairs(d)
    cells = turned.reshape(len(turned), d * d)
    a, b, x = (cells.take(at, axis=1) for at in (first * (d + 1), second * (d + 1), first * d + second))
    return a, b, x


def cayley(angles: FloatArray, d: int) -> FloatArray:
    """Orthonormal matrices (B, d, d) that turn by about these angles: column i moves towards column j."""
    first, second = pairs(d)
    half = np.zeros((len(angles), d, d))
    half[:, second, first] = 0.5 * angles
    half[:, first, second] = -0.5 * angles
    identity = np.eye(d)
    # (I - H)^-1 (I + H) = 2 (I - H)^-1 - I
    return 2.0 * inverses(identity - half) - identity


@dataclass(frozen=True, eq=False)
class Pull:
    """What pulls at the axes of some mixtures: slopes g (C, pairs) of log|F_k|, and their sums (B, pairs)."""

    turned: FloatArray
    shares: FloatArray
    segments: Segments
    rows: FloatArray
    slopes: FloatArray
    slope: FloatArray

    def only(self, mixtures: BoolArray) -> Pull:
        """The pull at the axes of some of the mixtures."""
        if mixtures.all():
            return self
        segments, at = self.segments.only(mixtures)
        return Pull(
            self.turned[at], self.shares[at], segments, self.rows[mixtures], self.slopes[at], self.slope[mixtures]
        )


def pull_of(turned: FloatArray, shares: FloatArray, segments: Segments) -> Pull:
    """The first derivatives."""
    a, b, x = in_pairs(turned)
    slopes = 2.0 * x * (1.0 / a - 1.0 / b)
    return Pull(turned, shares, segments, segments.total(shares), slopes, segments.total(shares[:, None] * slopes))


def apart(pull: Pull, coupling: float) -> tuple[FloatArray, FloatArray]:
    """Angles by a diagonal Hessian, and the gain (B,) they promise."""
    a, b, x = in_pairs(pull.turned)
    weights, slope = pull.shares[:, None], pull.slope
    bends = (b - a) ** 2 / (a * b) - 2.0 * x**2 * (1.0 / a**2 + 1.0 / b**2)
    curvature = pull.segments.total(weights * bends)
    if coupling > 0.0:
        spread = pull.segments.total(weights * pull.slopes**2) - slope**2 / pull.rows[:, None]
        curvature = curvature + 0.5 * coupling * spread
    # Where the loss bends downwards the step of Newton's method would climb: go a fixed way downhill instead.
    convex = curvature > 0.0
    angles = np.where(convex, -slope / (2.0 * np.where(convex, curvature, np.inf)), -np.sign(slope) * WIDEST / 2)
    angles = np.minimum(np.maximum(angles, -WIDEST), WIDEST)
    return angles, 0.5 * np.abs(slope * angles).sum(axis=1)


def together(
    pull: Pull, coupling: float, angles: FloatArray, promised: FloatArray
) -> tuple[FloatArray, FloatArray, BoolArray]:
    """Angles by the whole Hessian, the gain they promise, and where (B,) that can be had: elsewhere it is not positive
    definite, and the angles and gains given stay."""
    hessians = hessians_of(pull)
    if coupling > 0.0:
        products = pull.slopes[:, :, None] * pull.slopes[:, None, :]
        spread = pull.segments.total(pull.shares[:, None, None] * products)
        spread -= pull.slope[:, :, None] * (pull.slope / pull.rows[:, None])[:, None, :]
        hessians = hessians + coupling * spread
    white = inverse_of_factors(cholesky(hessians))
    steps = -(np.swapaxes(white, 1, 2) @ (white @ pull.slope[:, :, None]))[..., 0]
    good = finite(steps) & (np.abs(steps) < WIDEST).all(axis=1)
    gains = -0.5 * (pull.slope * steps).sum(axis=1)
    return np.where(good[:, None], steps, angles), np.where(good, gains, promised), good


def hessians_of(pull: Pull) -> FloatArray:
    """Second derivatives (B, pairs, pairs) of sum_k c_k log|F_k| by the angles, c_k held fixed.

    The sums over k of c_k F_jl / F_ii - 2 c_k F_ij F_il / F_ii^2 are matrices for each i, in which columns i of A meet;
    those of c_k F_ij / F_ii are N in the trace of N A^2.
    """
    turned, d = pull.turned, pull.turned.shape[1]
    basis, columns, flat = directions(d)
    rows = turned / diagonals(turned)[:, :, None]
    tilts = pull.shares[:, None] / diagonals(turned)
    both = np.sqrt(2.0 * pull.shares)[:, None, None] * rows
    meet = tilts[:, :, None, None] * turned[:, None]
    meet -= both[:, :, :, None] * both[:, :, None, :]
    first = (np.swapaxes(columns, 1, 2) @ pull.segments.total(meet) @ columns).sum(axis=1)
    products = pull.segments.total(pull.shares[:, None, None] * rows)[:, None] @ basis
    second = products.reshape(len(products), len(basis), d * d) @ flat
    return 2.0 * symmetric(first + second)


@cache
def directions(d: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    """The antisymmetric matrices A of one unit angle each: as (pairs, d, d); their columns i as (d, d, pairs) [i, j];
    and with their transposes flattened (d * d, pairs)."""
    first, second = pairs(d)
    basis = np.zeros((len(first), d, d))
    basis[np.arange(len(first)), second, first] = 1.0
    basis[np.arange(len(first)), first, second] = -1.0
    columns = np.ascontiguousarray(basis.transpose(2, 1, 0))
    return basis, columns, np.ascontiguousarray(basis.transpose(2, 1, 0).reshape(d * d, -1))
