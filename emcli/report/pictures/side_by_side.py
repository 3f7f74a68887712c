"""k-means beside EM on the same rows: what round clusters of equal size make of them, and what a mixture does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from emcli.data.rows import BoolArray, FloatArray
from emcli.report.pictures.labels import percent
from emcli.report.pictures.pair import Pair, draw_pair, few_ticks
from emcli.report.pictures.palette import INK

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@dataclass(frozen=True, eq=False)
class SideBySide:
    """The rows under k-means and under the mixture; moved (n,): which of them the two group differently."""

    kmeans: Pair
    mixture: Pair
    moved: BoolArray

    @property
    def share_moved(self) -> float:
        return float(self.moved.mean()) if len(self.moved) else 0.0


def draw_side_by_side(figure: Figure, both: SideBySide) -> None:
    """Two panels with the same axes; a ring around every row that changes its cluster."""
    left, right = figure.subplots(1, 2, sharex=True, sharey=True)
    draw_pair(left, both.kmeans)
    draw_pair(right, both.mixture)
    for axes in (left, right):
        few_ticks(axes)
    right.set_ylabel("")
    left.set_title("k-means: every row belongs to the nearest centre")
    right.set_title(f"EM: {percent(both.share_moved)} of the rows elsewhere (ringed)")
    _rings(right, both.mixture.points, both.moved)


def _rings(axes: Axes, points: FloatArray | None, moved: BoolArray) -> None:
    if points is not None and moved.any():
        x, y = points[moved].T
        axes.scatter(x, y, s=34, facecolors="none", edgecolors=INK, linewidths=0.7, zorder=3)
