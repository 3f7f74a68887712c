"""Which columns of a table have to be read, as far as the user's choice says it before the rows are seen."""

from __future__ import annotations

from dataclasses import dataclass

from emcli.errors import UsageError
from emcli.io.printable import in_quotes
from emcli.io.read.columns.column_names import is_nameless
from emcli.io.read.columns.column_spec import select_columns
from emcli.io.read.tables.table_source import TableSource

EXCLUDED = "excluded"
NOT_WORTH_A_NOTE = (EXCLUDED, "id", "row weights")  # the user said so


@dataclass(frozen=True)
class ColumnChoice:
    """Specs as the user gave them (see `columns`); None: not given."""

    columns: str | None = None
    exclude: str | None = None
    id: str | None = None
    weights: str | None = None


@dataclass(frozen=True)
class ColumnPlan:
    """columns   explicitly chosen positions in the user's order, exclusions taken out; None: choose by content
    read      positions to convert, ascending
    left_out  why columns may not be modelled, by position
    weights   position of the row weights
    """

    columns: tuple[int, ...] | None
    read: tuple[int, ...]
    left_out: dict[int, str]
    weights: int | None


def plan_columns(source: TableSource, choice: ColumnChoice, *, read_all: bool = False) -> ColumnPlan:
    """The plan for a table; BadData or UsageError where a spec does not fit it."""
    weights = None if choice.weights is None else _one_column(choice.weights, source)
    left_out = _left_out(source, choice, weights)
    columns = None if choice.columns is None else _chosen(choice.columns, source, left_out)
    everything = range(len(source.header))
    candidates = set(everything if columns is None else columns).difference(left_out)
    read = set(everything) if read_all else candidates | ({weights} if weights is not None else set())
    return ColumnPlan(columns, tuple(sorted(read)), left_out, weights)


def _left_out(source: TableSource, choice: ColumnChoice, weights: int | None) -> dict[int, str]:
    reasons: dict[int, str] = {}
    if choice.columns is None:
        reasons = {i: "no name" for i, name in enumerate(source.header) if is_nameless(name)}
    for spec, why in ((choice.exclude, EXCLUDED), (choice.id, "id")):
        if spec is not None:
            reasons |= dict.fromkeys(select_columns(spec, source.header, where=source.name), why)
    return reasons if weights is None else {**reasons, weights: "row weights"}


def _chosen(spec: str, source: TableSource, left_out: dict[int, str]) -> tuple[int, ...]:
    chosen = select_columns(spec, source.header, where=source.name)
    columns = tuple(i for i in chosen if i not in left_out)
    if not columns:
        raise UsageError("no column is left: all chosen ones are excluded, ids or weights", where="columns")
    return columns


def _one_column(spec: str, source: TableSource) -> int:
    found = select_columns(spec, source.header, where=source.name)
    if len(found) != 1:
        raise UsageError(f"{in_quotes(spec)} means {len(found)} columns, and weights are one", where="weights")
    return found[0]
