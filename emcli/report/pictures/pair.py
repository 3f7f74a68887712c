"""Two columns: the rows as points in their clusters' colours, the components as ellipses, or the density as contours.

k components, n points.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from emcli.data.rows import FloatArray
from emcli.report.pictures.labels import short
from emcli.report.pictures.palette import FAINT, INK, PAPER, SPECK, blended, colour, dashes, mark

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MANY = 400  # points from which they are drawn as one image inside a vector picture
MOST_NUMBERED = 30  # components whose numbers are written


@dataclass(frozen=True, eq=False)
class Surface:
    """A density (len(y), len(x)) over a grid, and the heights at which contours are drawn, ascending."""

    x: FloatArray
    y: FloatArray
    heights: FloatArray
    levels: tuple[float, ...]


@dataclass(frozen=True, eq=False)
class Pair:
    """points            (n, 2)     NaN where a cell is missing; None without rows
    responsibilities  (n, k), or (n, k + 1) with the background last
    rings             (k, m, 2)  closed ellipses, one array per share of a component's mass, the largest first
    centres           (k, 2)
    frame             (2, 2)     lowest and highest x, lowest and highest y
    """

    x_name: str
    y_name: str
    points: FloatArray | None
    responsibilities: FloatArray | None
    rings: tuple[FloatArray, ...]
    centres: FloatArray
    frame: FloatArray
    surface: Surface | None = None


def draw_pair(axes: Axes, pair: Pair, *, contours: bool = False, names: bool = True) -> None:
    """Points under ellipses; or contours of the density over faint points."""
    if pair.points is not None and pair.responsibilities is not None:
        _points(axes, pair, pair.points, pair.responsibilities, faint=contours)
    if contours and pair.surface is not None:
        _contours(axes, pair.surface)
    else:
        _ellipses(axes, pair)
    _numbers(axes, pair.centres)
    axes.set_xlim(*pair.frame[0])
    axes.set_ylim(*pair.frame[1])
    few_ticks(axes)
    if names:
        axes.set_xlabel(short(pair.x_name))
        axes.set_ylabel(short(pair.y_name))


def few_ticks(axes: Axes) -> None:
    """At most five numbers on an axis."""
    from matplotlib.ticker import MaxNLocator

    axes.xaxis.set_major_locator(MaxNLocator(nbins=5))
    axes.yaxis.set_major_locator(MaxNLocator(nbins=5))


def _points(axes: Axes, pair: Pair, points: FloatArray, given: FloatArray, *, faint: bool) -> None:
    """One mark per row; a row that has only one of the two cells is a tick at the edge."""
    n_components, frame = len(pair.centres), pair.frame
    labels, colours = given.argmax(axis=1), blended(given, n_components)
    size = 16.0 if len(points) <= 300 else 9.0 if len(points) <= 1000 else 5.0
    whole = ~np.isnan(points).any(axis=1)
    for k in range(given.shape[1]):
        chosen = whole & (labels == k)
        if not chosen.any():
            continue
        x, y = points[chosen].T
        axes.scatter(
            x,
            y,
            s=size * (1.5 if mark(k) == "*" else 1.0),
            marker=mark(k) if k < n_components else SPECK,
            c=[FAINT] if faint else colours[chosen],
            alpha=0.35 if faint else 0.75,
            linewidths=0.0 if k < n_components else 0.8,
            rasterized=len(points) > MANY,
            zorder=1,
        )
    for axis, only in ((0, np.isnan(points[:, 1])), (1, np.isnan(points[:, 0]))):
        chosen = only & ~np.isnan(points[:, axis])
        if chosen.any() and not faint:
            edge = np.full(int(chosen.sum()), frame[1 - axis][0])
            x, y = (points[chosen, 0], edge) if axis == 0 else (edge, points[chosen, 1])
            axes.scatter(
                x,
                y,
                s=40,
                marker="|" if axis == 0 else "_",
                c=colours[chosen],
                linewidths=0.9,
                clip_on=False,
                rasterized=len(points) > MANY,
                zorder=1,
            )


def _contours(axes: Axes, surface: Surface) -> None:
    axes.contour(surface.x, surface.y, surface.heights, levels=list(surface.levels), colors=[INK], linewidths=0.9)


def _ellipses(axes: Axes, pair: Pair) -> None:
    for ring, (width, opacity) in zip(pair.rings, ((1.2, 0.9), (0.9, 0.6)), strict=False):
        for k, outline in enumerate(ring):
            axes.plot(*outline.T, color=colour(k), lw=width, alpha=opacity, ls=dashes(k // len(ring)), zorder=2)


def _numbers(axes: Axes, centres: FloatArray) -> None:
    """The number of every component, on paper of its own, at its centre."""
    for k, centre in enumerate(centres[:MOST_NUMBERED]):
        number_at(axes, k, float(centre[0]), float(centre[1]))


def number_at(axes: Axes, component: int, x: float, y: float) -> None:
    """The number of a component, counted from 1, in a small disc."""
    axes.text(
        x,
        y,
        str(component + 1),
        ha="center",
        va="center",
        fontsize=8,
        color=INK,
        clip_on=True,
        zorder=4,
        bbox={"boxstyle": "circle,pad=0.22", "facecolor": PAPER, "edgecolor": colour(component), "linewidth": 1.3},
    )
