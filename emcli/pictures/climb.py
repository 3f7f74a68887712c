"""The climb of EM: log-likelihood and free energy by iteration, and what was still to be gained."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from emcli.data.table import FloatArray
from emcli.pictures.palette import RULE, colour

if TYPE_CHECKING:
    from matplotlib.figure import Figure


LEAST = 1e-8  # nats: smaller differences of log-likelihoods are rounding


@dataclass(frozen=True, eq=False)
class Climb:
    """iterations, log_likelihoods, free_energies (n,), nats."""

    iterations: FloatArray
    log_likelihoods: FloatArray
    free_energies: FloatArray


def draw_climb(figure: Figure, climb: Climb) -> None:
    """The course, and beside it the distance to the end on a logarithmic scale: a straight line is a steady climb."""
    from matplotlib.ticker import MaxNLocator

    course, rest = figure.subplots(1, 2)
    marks = {"marker": "o", "ms": 3.0} if len(climb.iterations) <= 60 else {}
    course.plot(climb.iterations, climb.log_likelihoods, color=colour(0), lw=1.6, label="log-likelihood", **marks)
    course.plot(climb.iterations, climb.free_energies, color=colour(1), lw=1.2, ls="--", label="free energy")
    course.legend(loc="lower right")
    course.set_ylabel("nats")
    course.set_title("The climb")
    gains = climb.log_likelihoods[-1] - climb.log_likelihoods
    positive = gains > LEAST
    if positive.any():
        rest.semilogy(climb.iterations[positive], gains[positive], color=colour(0), lw=1.6, **marks)
    rest.yaxis.set_major_formatter("{x:g}")
    rest.set_title("Below the end of the climb")
    rest.set_ylabel("nats, logarithmic")
    for axes in (course, rest):
        axes.set_xlabel("iteration")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=6))
        axes.grid(axis="y", color=RULE)
        axes.set_axisbelow(True)


def gained(climb: Climb) -> float:
    """Nats from the first step to the last."""
    return float(climb.log_likelihoods[-1] - climb.log_likelihoods[0]) if np.size(climb.iterations) else 0.0
