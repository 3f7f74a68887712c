"""One column: the rows as a histogram, and over it the density of every component and of all together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from emcli.data.rows import FloatArray
from emcli.report.pictures.labels import short
from emcli.report.pictures.pair import MOST_NUMBERED, number_at
from emcli.report.pictures.palette import FAINT, INK, colour, dashes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@dataclass(frozen=True, eq=False)
class Density:
    """edges (b + 1,), bars (b,) of area 1, None without rows; grid (g,); curves (k, g), total (g,): densities."""

    name: str
    edges: FloatArray | None
    bars: FloatArray | None
    grid: FloatArray
    curves: FloatArray
    total: FloatArray


def draw_density(axes: Axes, density: Density, *, names: bool = True) -> None:
    """Bars, thin curves with their numbers at the top, and their sum."""
    from matplotlib.ticker import MaxNLocator

    if density.bars is not None and density.edges is not None:
        axes.stairs(density.bars, density.edges, fill=True, color=FAINT, alpha=0.32, lw=0)
    total = density.total
    many = len(density.curves) > 1
    for k, curve in enumerate(density.curves):
        axes.plot(density.grid, curve, color=colour(k), ls=dashes(k // 8), lw=1.5, zorder=2)
    if many:
        axes.plot(density.grid, total, color=INK, lw=0.9, ls=(0, (4, 2)), zorder=3)
    for k, curve in enumerate(density.curves[:MOST_NUMBERED] if many else ()):
        peak = int(curve.argmax())
        number_at(axes, k, float(density.grid[peak]), float(curve[peak]))
    # A narrow component must not flatten everything else.
    highest = max(float(total.max()), float(density.bars.max()) if density.bars is not None else 0.0)
    axes.set_ylim(0.0, 1.12 * highest)
    axes.set_xlim(float(density.grid[0]), float(density.grid[-1]))
    axes.xaxis.set_major_locator(MaxNLocator(nbins=4))
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    if names:
        axes.set_xlabel(short(density.name))


def rows_of_panels(n: int) -> tuple[int, int]:
    """How many panels stand side by side, and in how many rows."""
    across = min(n, 3 if n > 4 or n == 3 else 2)
    return across, -(-n // max(across, 1))


def draw_densities(figure: Figure, panels: Sequence[Density]) -> None:
    """A panel per column."""
    across, down = rows_of_panels(len(panels))
    places = figure.subplots(down, across, squeeze=False).ravel()
    for axes, panel in zip(places, panels, strict=False):
        draw_density(axes, panel)
    for axes in places[len(panels) :]:
        axes.set_visible(False)
