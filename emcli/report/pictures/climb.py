"""The climb of EM: log-likelihood and free energy by iteration, and what was still to be gained."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from emcli.data.rows import FloatArray
from emcli.report.pictures.palette import RULE, colour

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


LEAST = 1e-8  # nats: smaller differences of log-likelihoods are rounding
MOST_DOTS = 60  # steps that get a dot each


@dataclass(frozen=True, eq=False)
class Climb:
    """iterations, log_likelihoods, free_energies (n,), nats."""

    iterations: FloatArray
    log_likelihoods: FloatArray
    free_energies: FloatArray


def draw_climb(figure: Figure, climb: Climb) -> None:
    """The course, and beside it how much was still to come."""
    course, rest = figure.subplots(1, 2)
    draw_course(course, climb)
    draw_rest(rest, climb)


def draw_course(axes: Axes, climb: Climb) -> None:
    """Log-likelihood and free energy by iteration."""
    axes.plot(climb.iterations, climb.log_likelihoods, color=colour(0), lw=1.6, label="log-likelihood", **_dots(climb))
    axes.plot(climb.iterations, climb.free_energies, color=colour(1), lw=1.2, ls="--", label="free energy")
    axes.legend(loc="lower right")
    axes.set_ylabel("nats")
    axes.set_title("The climb")
    _finish(axes)


def draw_rest(axes: Axes, climb: Climb) -> None:
    """The distance to the end on a logarithmic scale: a straight line is a steady climb."""
    gains = climb.log_likelihoods[-1] - climb.log_likelihoods
    positive = gains > LEAST
    if positive.any():
        axes.semilogy(climb.iterations[positive], gains[positive], color=colour(0), lw=1.6, **_dots(climb))
    axes.yaxis.set_major_formatter("{x:g}")
    axes.set_title("Below the end of the climb")
    axes.set_ylabel("nats, logarithmic")
    _finish(axes)


def _dots(climb: Climb) -> Any:
    return {"marker": "o", "ms": 3.0} if len(climb.iterations) <= MOST_DOTS else {}


def _finish(axes: Axes) -> None:
    from matplotlib.ticker import MaxNLocator

    axes.set_xlabel("iteration")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=6))
    axes.grid(axis="y", color=RULE)
    axes.set_axisbelow(True)
