"""Candidates as plain lines of a table, for files and for the screen."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from emcli.core.sweep.likelihood_ratio import RatioTest
from emcli.core.sweep.scores import Score
from emcli.tasks.model_rows.reports import TableRead


@dataclass(frozen=True)
class ScoreRow:
    """One line of the table of scores; None is an empty cell.  `seconds` and `rank` are for the screen alone.

    rank  1 for the best candidate by the criterion; None where a candidate could not be compared
    wins  how often the candidate won among the bootstrap's replicates
    """

    k: int
    covariance: str
    n_parameters: int | None
    log_likelihood: float | None
    train_per_row: float | None
    heldout_per_row: float | None
    heldout_se: float | None
    bic: float | None
    aic: float | None
    icl: float | None
    kmeans_loss: float | None
    converged: bool | None
    chosen: bool
    reason: str
    wins: int | None = None
    rank: int | None = None
    seconds: float = 0.0


ON_SCREEN = ("wins", "rank", "seconds")
HEADER = [one.name for one in fields(ScoreRow) if one.name not in ON_SCREEN]


@dataclass(frozen=True)
class SweepBegun:
    """The rows are in memory; these candidates will be compared."""

    table: TableRead
    ks: tuple[int, ...]
    covariances: tuple[str, ...]


@dataclass(frozen=True)
class Resampled:
    """So many of the bootstrap's replicates are done."""

    done: int
    of: int


@dataclass(frozen=True)
class Testing:
    """k components are being tested against the next larger number."""

    k: int
    larger: int


def told(event: Any) -> Any:
    """An event as plain values for the screen."""
    if isinstance(event, Score):
        return row_of(event)
    return Testing(event.k, event.larger) if isinstance(event, RatioTest) else event


def row_of(score: Score) -> ScoreRow:
    """A score as a line of the table."""
    fitted, held_out = score.fitted, score.held_out
    error = None if held_out is None else held_out.standard_error
    return ScoreRow(
        k=score.k,
        covariance=score.covariance,
        n_parameters=fitted.n_parameters if fitted else None,
        log_likelihood=fitted.log_likelihood if fitted else None,
        train_per_row=score.train_per_row,
        heldout_per_row=held_out.per_row if held_out else None,
        heldout_se=None if error is None or np.isnan(error) else error,
        bic=fitted.criteria.bic if fitted else None,
        aic=fitted.criteria.aic if fitted else None,
        icl=fitted.criteria.icl if fitted else None,
        kmeans_loss=score.kmeans_loss,
        converged=fitted.converged if fitted else None,
        chosen=False,
        reason=score.reason,
        seconds=score.seconds,
    )
