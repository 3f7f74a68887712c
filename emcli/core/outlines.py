"""A mixture seen along one column or two: the curves, ellipses and contours that can be drawn.

The marginal of a normal mixture is the mixture of the marginals: rows and columns of the covariances are picked.
A component's ellipse of mass q holds that share of its own distribution: with two columns the squared distance is
chi-squared with 2 degrees of freedom, so its radius is sqrt(-2 log(1 - q)).

k components, d columns, g points of a grid.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from emcli.core.evaluation import own_coordinates
from emcli.core.mixture import Mixture
from emcli.data.table import FloatArray

CORNERS = 72  # points of an ellipse: its chords are then within 0.1 % of the curve


@dataclass(frozen=True, eq=False)
class Outline:
    """weights (k,), means (k, d), matrices (k, d, d), data units; centre and spread (d,) of all components together."""

    weights: FloatArray
    means: FloatArray
    matrices: FloatArray
    centre: FloatArray
    spread: FloatArray

    @property
    def n_components(self) -> int:
        return len(self.weights)

    @property
    def deviations(self) -> FloatArray:
        """Standard deviations (k, d)."""
        return np.sqrt(np.diagonal(self.matrices, axis1=1, axis2=2))


def outline(mixture: Mixture) -> Outline:
    """The mixture as dense arrays."""
    family, own = mixture.family, own_coordinates(mixture)
    matrices = family.model.layout.dense(family.covariances)
    return Outline(mixture.weights, family.means, matrices, own.centre, own.scale)


def densities(mixture: Outline, column: int, grid: FloatArray) -> FloatArray:
    """Weighted component densities (k, g) along one column; their sum over k is the mixture's."""
    mean, sd = mixture.means[:, column, None], mixture.deviations[:, column, None]
    heights = np.exp(-0.5 * ((grid - mean) / sd) ** 2) / (sd * np.sqrt(2.0 * np.pi))
    return np.asarray(mixture.weights[:, None] * heights)


def surface(mixture: Outline, columns: tuple[int, int], x: FloatArray, y: FloatArray) -> FloatArray:
    """The mixture's density (len(y), len(x)) in two columns."""
    pick = list(columns)
    points = np.stack(np.meshgrid(x, y), axis=-1)
    total = np.zeros(points.shape[:2])
    for weight, mean, matrix in zip(mixture.weights, mixture.means, mixture.matrices, strict=True):
        lower = np.linalg.cholesky(matrix[np.ix_(pick, pick)])
        whitened = np.linalg.solve(lower, (points - mean[pick])[..., None])[..., 0]
        total += weight * np.exp(-0.5 * (whitened**2).sum(axis=-1)) / (2.0 * np.pi * lower[0, 0] * lower[1, 1])
    return total


def ellipses(mixture: Outline, columns: tuple[int, int], mass: float) -> FloatArray:
    """Each component's closed ellipse (k, CORNERS + 1, 2) in two columns that holds this share of it."""
    pick = list(columns)
    turn = np.linspace(0.0, 2.0 * np.pi, CORNERS + 1)
    circle = np.sqrt(-2.0 * np.log1p(-mass)) * np.stack([np.cos(turn), np.sin(turn)])
    lower = np.linalg.cholesky(mixture.matrices[:, pick][:, :, pick])
    return np.asarray(mixture.means[:, None, pick] + np.swapaxes(lower @ circle, 1, 2))


def level_of_mass(heights: FloatArray, masses: Sequence[float]) -> list[float]:
    """Heights (for shares of the mass, descending) above which a gridded density holds these shares of its sum."""
    ordered = np.sort(heights.ravel())[::-1]
    shares = np.cumsum(ordered) / max(float(ordered.sum()), np.finfo(float).tiny)
    places = np.minimum(np.searchsorted(shares, masses), len(ordered) - 1)
    return [float(ordered[place]) for place in places]
