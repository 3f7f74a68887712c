"""A normal distribution inside a box: missing cells of one row that have bounds.

One bounded cell has closed forms (`one_cell`).  For several, the box is filled with weighted points by sequential
conditioning (Geweke, Hajivassiliou & Keane): the first cell is drawn inside its bounds, the second inside its
bounds given the first, and so on; the weight of a point is the product of the probabilities met on the way.  The
weighted points stand for the truncated distribution, and their mean weight is the probability of the box.  The
points come from a lattice (multiples of square roots of primes), so that the same row has the same answer
every time; draws shift it at random for every row.

B bounded cells, n rows, S points; means (B, n), lower (B, B) the Cholesky factor of the cells' covariance
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from emcli.core.statistics import normal_tail
from emcli.data.rows import FloatArray

POINTS = 1024  # for expectations: off by less than a hundredth of the standard error for two to four cells
POINTS_PER_DRAW = 64  # candidates of which one is drawn by its weight


@dataclass(frozen=True, eq=False)
class OneCell:
    """A normal variable N(mean, variance) inside [low, high]; arrays (n,)."""

    mean: FloatArray
    deviation: float
    low: float
    high: float

    @property
    def ends(self) -> tuple[FloatArray, FloatArray]:
        """The bounds in standard deviations from the mean."""
        return (self.low - self.mean) / self.deviation, (self.high - self.mean) / self.deviation

    def log_probability(self) -> FloatArray:
        """log of the probability of the interval."""
        return normal_tail.log_probability(*self.ends)

    def shift_and_variance(self) -> tuple[FloatArray, FloatArray]:
        """How far the mean moves into the interval, and the variance inside it."""
        mean, variance = normal_tail.moments(*self.ends)
        return self.deviation * mean, self.deviation**2 * variance

    def log_moment(self, slope: FloatArray) -> FloatArray:
        """log E[exp(slope (y - mean))] inside the interval; slope (m, 1) gives (m, n)."""
        low, high = self.ends
        tilt = slope * self.deviation
        tilted = normal_tail.log_probability(low - tilt, high - tilt)
        return np.asarray(0.5 * tilt**2 + tilted - self.log_probability())


@dataclass(frozen=True, eq=False)
class BoxPoints:
    """Points (S, B, n) inside the box and their log weights (S, n)."""

    points: FloatArray
    log_weights: FloatArray


def fill_box(
    means: FloatArray, lower: FloatArray, low: FloatArray, high: FloatArray, uniforms: FloatArray
) -> BoxPoints:
    """Weighted points for rows with means (B, n); bounds (B,); uniforms (S, B, n) or (S, B, 1) in (0, 1)."""
    n_points, n_cells = uniforms.shape[:2]
    n_rows = means.shape[1]
    standard = np.zeros((n_points, n_cells, n_rows))
    points = np.empty_like(standard)
    log_weights = np.zeros((n_points, n_rows))
    for j in range(n_cells):
        known = means[j] + np.einsum("i,sin->sn", lower[j, :j], standard[:, :j])
        a, b = (low[j] - known) / lower[j, j], (high[j] - known) / lower[j, j]
        log_weights += normal_tail.log_probability(a, b)
        standard[:, j] = normal_tail.between(a, b, uniforms[:, j])
        points[:, j] = np.clip(known + lower[j, j] * standard[:, j], low[j], high[j])
    return BoxPoints(points, log_weights)


def lattice(n_points: int, n_cells: int) -> FloatArray:
    """Evenly spread points (S, B) of the unit cube, none on its border."""
    steps = np.sqrt(np.array(_primes(n_cells), dtype=np.float64))
    points = (np.arange(1, n_points + 1)[:, None] * steps) % 1.0
    # Folded at the middle, so that what is summed takes up at 1 where it left off at 0: lattices are best at that.
    return np.asarray(np.clip(1.0 - np.abs(2.0 * points - 1.0), 1e-16, 1.0 - 1e-16))


def shifted(points: FloatArray, shifts: FloatArray) -> FloatArray:
    """The lattice (S, B) moved around the cube by every row's own shift (B, n): (S, B, n)."""
    moved = (points[:, :, None] + shifts[None]) % 1.0
    return np.clip(moved, 1e-16, 1.0 - 1e-16)


def _primes(n: int) -> list[int]:
    found: list[int] = []
    candidate = 2
    while len(found) < n:
        if all(candidate % prime for prime in found):
            found.append(candidate)
        candidate += 1
    return found
