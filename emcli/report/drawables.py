"""From a model, and what was seen of its rows, to the plain numbers that pictures are drawn from."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from emcli.core.describe.column_ranking import telling_columns, telling_pairs
from emcli.core.describe.histograms import Histogram, grid_step, histogram
from emcli.core.describe.outlines import Outline, background, densities, ellipses, level_of_mass, surface
from emcli.core.describe.row_summary import LEVELS, limits_of
from emcli.data.rows import FloatArray
from emcli.io.read.columns.column_spec import select_columns
from emcli.report.pictures.density import Density
from emcli.report.pictures.pair import Pair, Surface
from emcli.report.pictures.profile import Profile
from emcli.report.pictures.uncertainty import Uncertainty
from emcli.tasks.model_rows.looking import Look
from emcli.tasks.model_rows.models import Model

MASSES = (0.95, 0.5)  # of a component inside its two ellipses
CONTOUR_MASSES = (0.95, 0.8, 0.6, 0.4, 0.2)  # of the mixture inside a contour
GRID = 90  # points of a density to either side: contours are smooth at the size of a panel
CURVE = 400  # points of a density along one column
MARGIN = 0.04  # of a frame around the points
WITHOUT_ROWS = 3.0  # standard deviations around every component where there are no points
LEVELS_TOLD = (0.5, 0.7, 0.9, 0.99)
CLASSES = (("≥ 0.99", 0.99), ("0.9 to 0.99", 0.9), ("0.7 to 0.9", 0.7), ("below 0.7", 0.0))


@dataclass(frozen=True, eq=False)
class Scene:
    """A model, its outline, its columns in the order in which they are worth seeing, and what was seen of rows."""

    model: Model
    mixture: Outline
    columns: list[int]
    look: Look | None

    @property
    def names(self) -> list[str]:
        return self.model.columns

    @property
    def pairs(self) -> list[tuple[int, int]]:
        """The most telling pairs first."""
        return telling_pairs(self.mixture, self.columns)


def shown_columns(model: Model, mixture: Outline, spec: str | None) -> list[int]:
    """The columns that -c names, in its order; otherwise all, the most telling first."""
    if spec is None:
        return telling_columns(mixture)
    return select_columns(spec, model.columns, where=model.name)


def pair_of(scene: Scene, columns: tuple[int, int], n_points: int | None = None, *, contours: bool = False) -> Pair:
    """Two columns with the sampled rows, at most so many."""
    x, y = columns
    mixture, look = scene.mixture, scene.look
    points = given = None
    if look is not None:
        sample = look.sample if n_points is None else look.sample.thinned(n_points)
        points, given = sample.values[:, [x, y]], sample.responsibilities
    frame = np.stack([_frame(mixture, points, j, place) for place, j in enumerate(columns)])
    return Pair(
        scene.names[x],
        scene.names[y],
        points,
        given,
        tuple(ellipses(mixture, columns, mass) for mass in MASSES),
        mixture.means[:, [x, y]],
        frame,
        _surface(mixture, columns, frame) if contours else None,
    )


def _frame(mixture: Outline, points: FloatArray | None, column: int, place: int) -> FloatArray:
    """Lowest and highest value (2,) of an axis: that of the points, or of the components where there are none."""
    seen = np.empty(0) if points is None else points[~np.isnan(points[:, place]), place]
    if seen.size and seen.max() > seen.min():
        low, high = seen.min(), seen.max()
    else:
        reach = WITHOUT_ROWS * mixture.deviations[:, column]
        low, high = (mixture.means[:, column] - reach).min(), (mixture.means[:, column] + reach).max()
    margin = MARGIN * (high - low)
    return np.array([low - margin, high + margin])


def _surface(mixture: Outline, columns: tuple[int, int], frame: FloatArray) -> Surface:
    x, y = (np.linspace(low, high, GRID) for low, high in frame)
    heights = surface(mixture, columns, x, y)
    levels = sorted(set(level_of_mass(heights, CONTOUR_MASSES)))
    return Surface(x, y, heights, tuple(level for level in levels if 0.0 < level < heights.max()))


def histogram_of(look: Look, mixture: Outline, column: int) -> Histogram:
    """The exact histogram of a column; the sample says on which grid its values lie."""
    limits = limits_of(mixture)
    low, high = float(limits.low[column]), float(limits.high[column])
    # The harmonic mean: as narrow as the narrow components need.
    spread = float(mixture.weights.sum() / (mixture.weights / mixture.deviations[:, column]).sum())
    return histogram(look.summary.cells[column], low, high, spread, grid_step(look.sample.values[:, column]))


def density_of(scene: Scene, column: int) -> Density:
    """One column with all rows counted."""
    mixture, edges, bars = scene.mixture, None, None
    means, reach = mixture.means[:, column], WITHOUT_ROWS * mixture.deviations[:, column]
    low, high = float((means - reach).min()), float((means + reach).max())
    if scene.look is not None:
        found = histogram_of(scene.look, mixture, column)
        edges, bars = found.edges, found.heights
        if found.n_cells > found.n_outside:
            # Nothing is to be seen where there are neither rows nor half of a component.
            core = mixture.deviations[:, column]
            low = max(low, min(float(edges[0]), float((means - core).min())))
            high = min(high, max(float(edges[-1]), float((means + core).max())))
            margin = MARGIN * (high - low)
            low, high = low - margin, high + margin
    # The peaks of narrow components are points of the grid too, however wide the rest is.
    near = (means[:, None] + mixture.deviations[:, column, None] * np.linspace(-3.0, 3.0, 25)).ravel()
    near = near[(near >= low) & (near <= high)]
    grid = np.unique(np.concatenate([np.linspace(low, high, CURVE), near]))
    curves = densities(mixture, column, grid)
    total = curves.sum(axis=0) + background(mixture, column, grid)
    return Density(scene.names[column], edges, bars, grid, curves, total)


def profile_of(scene: Scene, columns: list[int]) -> Profile:
    """Some columns, standardised by the mixture's own mean and spread."""
    mixture = scene.mixture
    centre, spread = mixture.centre[columns], mixture.spread[columns]
    return Profile(
        tuple(scene.names[j] for j in columns),
        (mixture.means[:, columns] - centre) / spread,
        mixture.deviations[:, columns] / spread,
    )


def uncertainty_of(scene: Scene) -> Uncertainty:
    """The certainties of all rows."""
    assert scene.look is not None
    summary = scene.look.summary
    k, n = len(summary.labels), summary.n_rows
    lowest = next((i for i, level in enumerate(LEVELS) if level >= 1.0 / k - 0.01), 0)
    certainties = LEVELS[max(lowest, 0) :]
    reached = [int(summary.at_least(float(level)).sum()) for level in certainties]
    above = [summary.at_least(level) for _, level in CLASSES]
    counts = np.stack([above[0], *(now - before for before, now in pairwise(above))], axis=1)
    told = tuple(level for level in LEVELS_TOLD if level > 1.0 / k)
    return Uncertainty(
        np.append(certainties, 1.0),
        np.array([*reached, reached[-1]]) / n,
        told,
        tuple(int(summary.at_least(level).sum()) / n for level in told),
        tuple(name for name, _ in CLASSES),
        counts,
        scene.mixture.n_components,
    )
