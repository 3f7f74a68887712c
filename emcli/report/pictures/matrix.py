"""All pairs of a few columns: densities on the diagonal, rows and ellipses below it, contours above it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from emcli.report.pictures.density import Density, draw_density
from emcli.report.pictures.labels import short
from emcli.report.pictures.pair import Pair, draw_pair

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, eq=False)
class Matrix:
    """densities in the order of the columns; below and above the pairs by (row, column) of the panel."""

    densities: Sequence[Density]
    below: Mapping[tuple[int, int], Pair]
    above: Mapping[tuple[int, int], Pair]


def draw_matrix(figure: Figure, matrix: Matrix) -> None:
    """A panel for every pair, names at the left and at the bottom."""
    d = len(matrix.densities)
    panels = figure.subplots(d, d, squeeze=False)
    longest = max(8, 48 // d)
    for row in range(d):
        for column in range(d):
            axes = panels[row, column]
            if row == column:
                draw_density(axes, matrix.densities[row], names=False)
            elif row > column:
                draw_pair(axes, matrix.below[row, column], names=False)
            else:
                draw_pair(axes, matrix.above[row, column], contours=True, names=False)
            if row < d - 1:
                axes.tick_params(labelbottom=False)
            if row == 0 and column == d - 1 and column:
                axes.tick_params(labelleft=False, left=False, labelright=True, right=True)  # the left has a density
            elif column and row != column:
                axes.tick_params(labelleft=False)
            if row == d - 1:
                axes.set_xlabel(short(matrix.densities[column].name, longest))
            if column == 0:
                axes.set_ylabel(short(matrix.densities[row].name, longest))
