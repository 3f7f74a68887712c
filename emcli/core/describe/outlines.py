"""A mixture seen along one column or two: the curves, ellipses and contours that can be drawn.

The marginal of a mixture of elliptical distributions is the mixture of the marginals: rows and columns of the scale
matrices are picked, and the tails stay.  A component's ellipse of mass q holds that share of its own distribution;
its radius is found from the density by adding up shells, so it is right for every family.

k components, d columns, g points of a grid.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from emcli.core.families import Tail
from emcli.core.model.mixture import Mixture
from emcli.core.model.noise import Noise
from emcli.core.passes.evaluation import own_coordinates
from emcli.data.rows import FloatArray

SHELLS = 4001  # radii, dense near 0: shares of mass are then right to five digits
FARTHEST = 1e5  # scales: all but a hundred-thousandth of even the heaviest tails
LOG_2PI = float(np.log(2.0 * np.pi))
CORNERS = 72  # points of an ellipse: its chords are then within 0.1 % of the curve


@dataclass(frozen=True, eq=False)
class Outline:
    """weights (k,), means (k, d), matrices (k, d, d), data units; centre and spread (d,) of all components together.

    The matrices are covariances, or scale matrices where the tails are heavy.
    """

    weights: FloatArray
    means: FloatArray
    matrices: FloatArray
    centre: FloatArray
    spread: FloatArray
    tail: Tail
    noise: Noise | None = None

    @property
    def n_components(self) -> int:
        return len(self.weights)

    @property
    def deviations(self) -> FloatArray:
        """Standard deviations (k, d); scales where the tails are heavy."""
        return np.sqrt(np.diagonal(self.matrices, axis1=1, axis2=2))


def outline(mixture: Mixture) -> Outline:
    """The mixture as dense arrays."""
    family, own = mixture.family, own_coordinates(mixture)
    matrices = family.model.layout.dense(family.covariances)
    return Outline(mixture.weights, family.means, matrices, own.centre, own.scale, family.tail, mixture.noise)


def densities(mixture: Outline, column: int, grid: FloatArray) -> FloatArray:
    """Weighted component densities (k, g) along one column; with the background they add up to the mixture's."""
    mean, sd = mixture.means[:, column, None], mixture.deviations[:, column, None]
    log_norms = -np.log(sd[:, 0]) - 0.5 * LOG_2PI
    heights = np.exp(mixture.tail.log_density(log_norms[:, None], ((grid - mean) / sd) ** 2, 1))
    return np.asarray(mixture.weights[:, None] * heights)


def background(mixture: Outline, column: int, grid: FloatArray) -> FloatArray:
    """The weighted density (g,) of the background along one column; 0 without one."""
    noise = mixture.noise
    if noise is None:
        return np.zeros_like(grid)
    low, high = noise.lower[column], noise.upper[column]
    return np.where((grid >= low) & (grid <= high), noise.weight / (high - low), 0.0)


def surface(mixture: Outline, columns: tuple[int, int], x: FloatArray, y: FloatArray) -> FloatArray:
    """The mixture's density (len(y), len(x)) in two columns."""
    pick = list(columns)
    points = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    lower = np.linalg.cholesky(mixture.matrices[:, pick][:, :, pick])
    whitened = np.linalg.solve(lower, np.swapaxes(points - mixture.means[:, None, pick], 1, 2))  # (k, 2, g)
    log_norms = -np.log(lower[:, 0, 0] * lower[:, 1, 1]) - LOG_2PI
    log_density = mixture.tail.log_density(log_norms[:, None], (whitened**2).sum(axis=1), 2)
    heights = np.asarray(mixture.weights @ np.exp(log_density)).reshape(len(y), len(x))
    if mixture.noise is not None and mixture.noise.weight > 0.0:
        across, up = (background(mixture, column, grid) for column, grid in zip(pick, (x, y), strict=True))
        heights = heights + up[:, None] * across / mixture.noise.weight
    return heights


def reaches(mixture: Outline, mass: float, n_columns: int) -> FloatArray:
    """How many scales (k,) from its centre each component holds this share of itself, in so many columns."""
    radii = np.sinh(np.linspace(0.0, np.arcsinh(FARTHEST), SHELLS))
    squared = np.broadcast_to(radii**2, (mixture.n_components, SHELLS))
    log_density = mixture.tail.log_density(np.zeros((mixture.n_components, 1)), squared, n_columns)
    shells = np.exp(log_density - log_density[:, :1]) * radii ** (n_columns - 1)
    inside = np.cumsum(0.5 * (shells[:, 1:] + shells[:, :-1]) * np.diff(radii), axis=1)
    shares = np.concatenate([np.zeros((mixture.n_components, 1)), inside / inside[:, -1:]], axis=1)
    return np.array([np.interp(mass, share, radii) for share in shares])


def ellipses(mixture: Outline, columns: tuple[int, int], mass: float) -> FloatArray:
    """Each component's closed ellipse (k, CORNERS + 1, 2) in two columns that holds this share of it."""
    pick = list(columns)
    turn = np.linspace(0.0, 2.0 * np.pi, CORNERS + 1)
    circle = np.stack([np.cos(turn), np.sin(turn)])
    lower = np.linalg.cholesky(mixture.matrices[:, pick][:, :, pick])
    radii = reaches(mixture, mass, 2)[:, None, None]
    return np.asarray(mixture.means[:, None, pick] + np.swapaxes(radii * (lower @ circle), 1, 2))


def level_of_mass(heights: FloatArray, masses: Sequence[float]) -> list[float]:
    """Heights (for shares of the mass, descending) above which a gridded density holds these shares of its sum."""
    ordered = np.sort(heights.ravel())[::-1]
    shares = np.cumsum(ordered) / max(float(ordered.sum()), np.finfo(float).tiny)
    places = np.minimum(np.searchsorted(shares, masses), len(ordered) - 1)
    return [float(ordered[place]) for place in places]
