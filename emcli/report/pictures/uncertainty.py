"""How sure the model is of the rows: the share of them at or above every certainty, and the classes by cluster."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from emcli.data.rows import FloatArray, IntArray
from emcli.report.pictures.labels import percent
from emcli.report.pictures.palette import BACKGROUND, FAINT, INK, RULE, colour

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LAST = 0.99  # the level whose label stands lower, so that it is not written over its neighbour's
OPACITIES = (1.0, 0.6, 0.35, 0.15)  # of the classes, the surest first


@dataclass(frozen=True, eq=False)
class Uncertainty:
    """certainties, shares (m,): share of the rows at or above each certainty, ascending
    levels, at_levels      the certainties that are written out, and the share at or above each
    classes                names of the classes, the surest first; counts (k, classes) of rows by cluster, those of the
                           background last if there is one
    """

    certainties: FloatArray
    shares: FloatArray
    levels: tuple[float, ...]
    at_levels: tuple[float, ...]
    classes: tuple[str, ...]
    counts: IntArray
    n_components: int


def draw_uncertainty(figure: Figure, uncertainty: Uncertainty) -> None:
    """The curve beside the clusters."""
    curve, clusters = figure.subplots(1, 2, width_ratios=[1.0, 1.15])
    draw_curve(curve, uncertainty)
    draw_classes(clusters, uncertainty)


def draw_curve(axes: Axes, uncertainty: Uncertainty) -> None:
    """Share of rows against certainty; steep falls are where many rows are."""
    axes.plot(uncertainty.certainties, uncertainty.shares, color=INK, lw=1.6)
    axes.fill_between(uncertainty.certainties, uncertainty.shares, color=FAINT, alpha=0.2, lw=0)
    low = float(uncertainty.certainties[0])
    for level, share in zip(uncertainty.levels, uncertainty.at_levels, strict=True):
        if level > low:
            axes.plot([level, level], [0.0, share], color=RULE, lw=0.8, zorder=0)
            axes.plot([level], [share], "o", color=INK, ms=4)
            where: Any = {"textcoords": "offset points", "ha": "right", "va": "center"}
            axes.annotate(percent(share), (level, share), (-4, -12 if level < LAST else -25), fontsize=8, **where)
    axes.set_xlim(low, 1.005)
    axes.set_ylim(0.0, 1.05)
    axes.set_yticks([0.0, 0.25, 0.5, 0.75, 1.0], ["0", "25 %", "50 %", "75 %", "100 %"])
    axes.set_xlabel("probability of the most probable cluster, at least")
    axes.set_ylabel("share of the rows")


def draw_classes(axes: Axes, uncertainty: Uncertainty) -> None:
    """A bar per cluster, darkest where the rows are surest."""
    from matplotlib.ticker import MaxNLocator

    k = len(uncertainty.counts)
    places, left = np.arange(k), np.zeros(k)
    for i, name in enumerate(uncertainty.classes):
        widths = uncertainty.counts[:, i]
        axes.barh(
            places,
            widths,
            left=left,
            height=0.62,
            color=[colour(i) if i < uncertainty.n_components else BACKGROUND for i in range(k)],
            alpha=OPACITIES[i],
            label=name,
        )
        left = left + widths
    axes.set_yticks(places, [str(i + 1) if i < uncertainty.n_components else "0" for i in range(k)])
    axes.set_ylim(k - 0.5, -0.5)
    axes.set_xlim(0.0, max(1.0, float(left.max())) * 1.02)
    axes.tick_params(axis="y", length=0)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=5))
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.set_ylabel("cluster")
    axes.set_xlabel("rows, by the probability of their cluster")
    handles = [_patch(opacity) for opacity in OPACITIES[: len(uncertainty.classes)]]
    axes.legend(
        handles,
        uncertainty.classes,
        loc="lower left",
        bbox_to_anchor=(0.0, 1.0),
        ncols=len(handles),
        borderaxespad=0.2,
        handlelength=1.0,
        columnspacing=0.9,
        fontsize=8,
    )


def _patch(opacity: float) -> Any:
    from matplotlib.patches import Patch

    return Patch(facecolor=INK, alpha=opacity)
