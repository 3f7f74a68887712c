"""A picture of the curves over k: likelihood of the rows against rows held out, BIC, and the k-means loss.

What is far behind lies below the frame, so that the curves of the good models are seen to turn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from emcli.report.pictures.palette import FAINT, INK, RULE, colour

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INCHES = (11.0, 4.2)
MOST_IN_LEGEND = 20
FRAME = 3.0


@dataclass(frozen=True)
class Curves:
    """The scores of one covariance model over k; None where a number is not known."""

    name: str
    k: Sequence[int]
    train: Sequence[float | None]
    heldout: Sequence[float | None]
    error: Sequence[float | None]
    bic: Sequence[float | None]
    kmeans: Sequence[float | None]
    chosen: int | None


def draw_curves(figure: Figure, curves: Sequence[Curves]) -> None:
    """All panels side by side."""
    for axes, draw in zip(figure.subplots(1, len(PANELS)), PANELS, strict=True):
        draw(axes, curves)


def _known(k: Sequence[int], values: Sequence[float | None]) -> tuple[list[int], list[float]]:
    pairs = [(n, value) for n, value in zip(k, values, strict=True) if value is not None]
    return [n for n, _ in pairs], [value for _, value in pairs]


def draw_likelihoods(axes: Axes, curves: Sequence[Curves]) -> None:
    """The rows fitted against the rows held out."""
    leading = [one for one in curves if one.chosen is not None] or curves
    for place, one in enumerate(curves):
        own, faint = colour(place), 1.0 if one in leading else 0.35
        axes.plot(*_known(one.k, one.train), "o--", color=own, mfc="none", ms=4, lw=1, alpha=faint)
        if one in leading:
            axes.errorbar(
                *_known(one.k, one.heldout),
                yerr=[error or 0.0 for error, value in zip(one.error, one.heldout, strict=True) if value is not None],
                fmt="o-", color=own, ms=5, lw=1.8, capsize=3,
            )  # fmt: skip
        else:
            axes.plot(*_known(one.k, one.heldout), "o-", color=own, ms=4, lw=1.2, alpha=faint)
    _limit_to_interesting(axes, curves)
    axes.set_title("Log-likelihood per row\ndashed: the rows fitted; solid: rows held out")
    axes.set_ylabel("nats per row")
    _finish(axes, curves)


def _limit_to_interesting(axes: Axes, curves: Sequence[Curves]) -> None:
    """Leave what is far behind below the frame, so that one sees the curves of the good models turn."""
    held_out = sorted(value for one in curves for value in one.heldout if value is not None)
    trained = [value for one in curves for value in one.train if value is not None]
    values = held_out or sorted(trained)
    if values:
        _frame(axes, max(trained, default=values[-1]), values)


def _frame(axes: Axes, best: float, values: Sequence[float]) -> None:
    """From the best value to a few times as far from it as the middle one, or to the worst if that is nearer."""
    middle, worst = values[len(values) // 2], max(values, key=lambda value: abs(value - best))
    end = min((best + FRAME * (middle - best), worst), key=lambda value: abs(value - best))
    if end != best:
        margin = 0.08 * abs(end - best)
        axes.set_ylim(min(best, end) - margin, max(best, end) + margin)


def draw_bic(axes: Axes, curves: Sequence[Curves]) -> None:
    """BIC with a ring around what was chosen."""
    for place, one in enumerate(curves):
        own = colour(place)
        k, bic = _known(one.k, one.bic)
        axes.plot(k, bic, "o-", color=own, ms=4, label=one.name)
        if one.chosen in k:
            axes.plot([one.chosen], [bic[k.index(one.chosen)]], "o", color=own, ms=11, mfc="none", mew=1.8)
    values = sorted(value for one in curves for value in one.bic if value is not None)
    if values:
        _frame(axes, values[0], values)
    axes.set_title("BIC, lower is better\nthe ring: chosen")
    if len(curves) <= MOST_IN_LEGEND:
        axes.legend()
    _finish(axes, curves)


def draw_kmeans(axes: Axes, curves: Sequence[Curves]) -> None:
    """The loss that only falls."""
    axes.plot(*_known(curves[0].k, curves[0].kmeans), "s-", color=INK, ms=4)
    axes.set_ylim(bottom=0.0)
    axes.set_title("k-means loss\nfalls with every k: it cannot choose")
    axes.set_ylabel("squared distance, sd units")
    _finish(axes, curves)


def _finish(axes: Axes, curves: Sequence[Curves]) -> None:
    from matplotlib.ticker import MaxNLocator

    axes.set_xlabel("k, number of components")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=10))
    axes.grid(axis="y", color=RULE)
    chosen: Any = next((one.chosen for one in curves if one.chosen is not None), None)
    if chosen is not None:
        axes.axvline(chosen, color=FAINT, lw=1, zorder=0)


PANELS = (draw_likelihoods, draw_bic, draw_kmeans)
