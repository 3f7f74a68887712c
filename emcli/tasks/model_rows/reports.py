"""What a task tells while it works and when it is done: plain values, ready to be shown.

`notes` say what was done that a person may want to know (a constant column left out, rows skipped);
`warnings` say what may be wrong with the answer (not converged).  Sentences name columns and files and are
complete as they are; the command line adds nothing but its prefix.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from emcli.core.fit.fitting import Progress as Progress  # noqa: PLC0414 - an export, for whoever shows it
    from emcli.tasks.model_rows.points import Points


@dataclass(frozen=True)
class TableRead:
    """The rows are in memory and the columns are chosen.

    used   names of the modelled columns, in order
    unused names of the other columns with the reason each was left out (text, constant, excluded, id)
    """

    name: str
    n_rows: int
    n_missing_cells: int
    used: tuple[str, ...]
    unused: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class RowsRead:
    """So many rows of the table have been read by now."""

    n_rows: int


@dataclass(frozen=True)
class Writing:
    """The work is done and the product is about to be written: a display makes room for it."""


@dataclass(frozen=True)
class RowsDone:
    """So many rows have been written or scored by now."""

    n_rows: int


@dataclass(frozen=True)
class ClusterFound:
    """The work will be done by these workers.

    scheduler  its address or file, or "this machine"
    dashboard  where a browser shows what they do, if anything does
    """

    n_workers: int
    scheduler: str
    dashboard: str | None


@dataclass(frozen=True)
class PartsRead:
    """So many parts of a table have been read by now."""

    n_parts: int
    of: int


@dataclass(frozen=True)
class PartsDone:
    """A pass over the rows is done with so many parts of a table by now."""

    n_parts: int
    of: int


@dataclass(frozen=True)
class PartsWritten:
    """The product of so many parts of a table is written by now, or what is asked about them is known."""

    n_parts: int
    of: int


ClusterEvent: TypeAlias = ClusterFound | PartsRead | PartsDone
FitEvent: TypeAlias = "RowsRead | TableRead | Progress | Writing | ClusterEvent"
FitWatch: TypeAlias = "Callable[[FitEvent], None]"
RowsWatch: TypeAlias = Callable[[RowsDone | PartsWritten | ClusterEvent], None]


@dataclass(frozen=True)
class FitReport:
    """A fit: the model as it was (or, in a dry run, the table that would be) written.

    model    the dict of the model file; None in a dry run
    history  log-likelihood per iteration of the start that won, in data units
    points   makes points for a picture of the rows
    """

    table: TableRead
    model: dict[str, Any] | None
    converged: bool
    stop_sentence: str
    history: tuple[float, ...] = ()
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    seconds: float = 0.0
    points: Callable[[], Points] | None = None


@dataclass(frozen=True)
class RowsReport:
    """A stream of rows was written: by assign, sample or score --per-row."""

    n_rows: int
    n_missing_cells: int = 0
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    summary: dict[str, Any] = field(default_factory=dict)
    seconds: float = 0.0
