"""All columns at once: where every cluster lies in each, in standard deviations of all rows together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from emcli.data.rows import FloatArray
from emcli.report.pictures.labels import short
from emcli.report.pictures.palette import PAPER, RULE, colour, mark

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


MOST_ACROSS = 12  # entries of the legend in a line
SPELLED_OUT = 3  # clusters whose entries are words


@dataclass(frozen=True, eq=False)
class Profile:
    """names of d columns, from the top; positions and reaches (k, d): means and standard deviations, standardised."""

    names: tuple[str, ...]
    positions: FloatArray
    reaches: FloatArray


def draw_profile(axes: Axes, profile: Profile) -> None:
    """A line per column: a mark at each cluster's mean, a bar of one of its standard deviations to either side."""
    k, d = profile.positions.shape
    lanes = np.linspace(-0.28, 0.28, k) if k > 1 else np.zeros(1)
    for j in range(d):
        axes.axhline(j + 0.5, color=RULE, lw=0.6, zorder=0)
    axes.axvline(0.0, color=RULE, lw=1.0, zorder=0)
    for component in range(k):
        axes.errorbar(
            profile.positions[component],
            np.arange(d) + lanes[component],
            xerr=profile.reaches[component],
            fmt=mark(component),
            color=colour(component),
            ecolor=colour(component),
            elinewidth=1.3,
            ms=6.5,
            mec=PAPER,
            mew=0.6,
            label=f"cluster {component + 1}" if k <= SPELLED_OUT else str(component + 1),
        )
    axes.set_yticks(range(d), [short(name) for name in profile.names])
    axes.set_ylim(d - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.set_xlabel("standard deviations from the mean of all rows")
    axes.legend(
        loc="lower left",
        bbox_to_anchor=(0.0, 1.0),
        ncols=min(k, MOST_ACROSS),
        title="cluster" if k > SPELLED_OUT else None,
        borderaxespad=0.2,
        handletextpad=0.2,
        columnspacing=1.0,
    )


def height_of(profile: Profile) -> float:
    """Inches that the picture needs to be read."""
    k, d = profile.positions.shape
    return float(1.1 + d * max(0.3, 0.11 * k + 0.1) + 0.25 * (k > SPELLED_OUT) + 0.2 * (k // MOST_ACROSS))


def draw_profile_page(figure: Figure, profile: Profile) -> None:
    """The profile as a picture of its own."""
    draw_profile(figure.subplots(), profile)
