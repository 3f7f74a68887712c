"""The modelled columns of a table as one array of doubles, read in one pass.

All columns that may take part are converted; which do is decided at the end, on the whole file.  Without a
choice these are the columns of numbers that have names and vary.  A column that is mostly numbers and has a cell
that is none is an error, never dropped; text, constant and empty columns are left out, and one note
names them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from emcli.data.table import FloatArray
from emcli.errors import BadData, CannotFit, UsageError
from emcli.io.column_names import is_nameless, repeated_names
from emcli.io.column_report import EMPTY, NOT_READ, NUMBER, ColumnReport
from emcli.io.column_tally import ColumnTally, count_block
from emcli.io.columns import select_columns
from emcli.io.growing_rows import GrowingRows
from emcli.io.number_cells import CellReader
from emcli.io.printable import in_quotes, name_list
from emcli.io.table_source import TableSource


@dataclass(frozen=True)
class ColumnChoice:
    """Specs as the user gave them (see `columns`); None: not given."""

    columns: str | None = None
    exclude: str | None = None
    id: str | None = None
    weights: str | None = None


@dataclass(frozen=True)
class NumericTable:
    """columns, positions  the modelled columns: labels, and places in the header
    values       (n, d)  NaN where missing
    case_weights (n,)    ones without a column of weights
    reports      one per column of the file
    notes        what a user should be told
    sha256       of the input's bytes as they are on disk
    """

    columns: tuple[str, ...]
    positions: tuple[int, ...]
    values: FloatArray
    case_weights: FloatArray
    reports: tuple[ColumnReport, ...]
    notes: tuple[str, ...]
    sha256: str


def read_numeric(source: TableSource, choice: ColumnChoice) -> NumericTable:
    """The numbers of the chosen columns; BadData where a cell, a row or the choice does not fit the file."""
    plan = _plan(source, choice)
    survey = _survey(source, plan, keep=True)
    _check_cells(source, plan, survey)
    used = [j for j, tally in enumerate(survey.tallies) if _reason(source, plan, tally) == ""]
    _check_choice(source, plan, survey, used)
    weights = _case_weights(source, plan, survey)
    values = survey.rows.release(used)
    positions = tuple(survey.tallies[j].position for j in used)
    order = [positions.index(p) for p in plan.columns] if plan.columns is not None else list(range(len(used)))
    if order != sorted(order):
        values, positions = values[:, order], tuple(positions[i] for i in order)
    return NumericTable(
        columns=tuple(source.labels[p] for p in positions),
        positions=positions,
        values=values,
        case_weights=weights,
        reports=_reports(source, plan, survey.tallies),
        notes=tuple(source.notes) + _notes(source, plan, survey, values, positions),
        sha256=survey.sha256,
    )


def describe_columns(source: TableSource, choice: ColumnChoice) -> tuple[ColumnReport, ...]:
    """What each column of the table holds and whether it would be modelled; bad cells are reported, not raised."""
    plan = _plan(source, choice, all_columns=True)
    return _reports(source, plan, _survey(source, plan, keep=False).tallies)


@dataclass(frozen=True)
class _Plan:
    """columns   explicitly chosen positions in the user's order, exclusions taken out; None: choose by content
    read      positions to convert, ascending
    left_out  reasons for columns that may not be modelled, by position
    weights   position of the row weights
    """

    columns: tuple[int, ...] | None
    read: tuple[int, ...]
    left_out: dict[int, str]
    weights: int | None


def _plan(source: TableSource, choice: ColumnChoice, all_columns: bool = False) -> _Plan:
    header, name = source.header, source.name
    left_out = {}
    if choice.columns is None:
        left_out = {i: "no name" for i, label in enumerate(header) if is_nameless(label)}
    for spec, why in ((choice.exclude, "excluded"), (choice.id, "id")):
        left_out |= dict.fromkeys(select_columns(spec, header, where=name) if spec is not None else [], why)
    weights = None
    if choice.weights is not None:
        weights = _one_column(choice.weights, source)
        left_out[weights] = "row weights"
    columns = None
    if choice.columns is not None:
        chosen = select_columns(choice.columns, header, where=name)
        columns = tuple(i for i in chosen if i not in left_out)
        if not columns:
            raise UsageError("no column is left: all chosen ones are excluded, ids or weights", where="columns")
    candidates = range(len(header)) if columns is None else columns
    read = set(range(len(header))) if all_columns else {i for i in candidates if i not in left_out}
    return _Plan(columns, tuple(sorted(read | ({weights} if weights is not None else set()))), left_out, weights)


def _one_column(spec: str, source: TableSource) -> int:
    found = select_columns(spec, source.header, where=source.name)
    if len(found) != 1:
        raise UsageError(f"{in_quotes(spec)} means {len(found)} columns, and weights are one", where="weights")
    return found[0]


@dataclass(frozen=True)
class _Survey:
    """The tallies of the columns read, and their numbers."""

    tallies: list[ColumnTally]
    rows: GrowingRows
    sha256: str


def _survey(source: TableSource, plan: _Plan, keep: bool) -> _Survey:
    digest = hashlib.sha256()
    tallies = [ColumnTally(position, source.labels[position]) for position in plan.read]
    rows = GrowingRows(len(tallies))
    for block in source.blocks(digest):
        values = count_block(tallies, block)
        if keep:
            rows.append(values)
    return _Survey(tallies, rows, digest.hexdigest())


def _case_weights(source: TableSource, plan: _Plan, survey: _Survey) -> FloatArray:
    """(n,) the column of weights, or ones; BadData if a weight is missing or negative."""
    if plan.weights is None:
        return np.ones(survey.rows.n_rows)
    weights = survey.rows.column(plan.read.index(plan.weights))
    _check_weights(source, plan.weights, weights)
    return weights


def _check_cells(source: TableSource, plan: _Plan, survey: _Survey) -> None:
    """BadData about the first cell that is no number where a number has to be."""
    if survey.rows.n_rows == 0:
        raise BadData("no data rows, only a header", where=source.name)
    explicit = set(plan.columns or ())
    if plan.weights is not None:
        explicit.add(plan.weights)
    reader = _reader(source)
    faulty = [
        tally
        for tally in survey.tallies
        if tally.n_bad
        and (tally.position in explicit or tally.kind == NUMBER or tally.is_in_foreign_notation(reader))
    ]
    if faulty:
        first = min(faulty, key=lambda tally: (tally.first_bad[0].row, tally.position))
        raise first.error(source.name, reader)


def _check_choice(source: TableSource, plan: _Plan, survey: _Survey, used: Sequence[int]) -> None:
    """Errors about columns as a whole."""
    for tally in survey.tallies if plan.columns is not None else ():
        if tally.position == plan.weights:
            continue
        if tally.kind == EMPTY:
            raise BadData(f"column {in_quotes(tally.label)} has no value: all its cells are missing", where=source.name)
        if tally.is_constant and survey.rows.n_rows > 1:
            raise CannotFit(
                f"column {in_quotes(tally.label)} is constant: all its values are {tally.minimum:.17g}",
                where=source.name,
                hint="leave it out: it cannot tell rows apart",
            )
    if not used:
        raise _no_numbers(source, plan, survey)
    repeated = set(repeated_names(source.header))
    clashing = [source.header[survey.tallies[j].position] for j in used]
    clashing = [name for name in dict.fromkeys(clashing) if name in repeated]
    if clashing and plan.columns is None:
        raise BadData(
            f"duplicate column names: {name_list(clashing)} (used more than once in the header)",
            where=source.name,
            hint=f"choose with -c, for example -c '{clashing[0]}[1]', or rename them",
        )


def _no_numbers(source: TableSource, plan: _Plan, survey: _Survey) -> BadData:
    reports = _reports(source, plan, survey.tallies)
    kinds = [f"{report.name} ({report.why})" for report in reports]
    return BadData(
        "no numeric column to model",
        where=source.name,
        detail=f"columns: {name_list(kinds)}",
        hint="is the delimiter right? say it with --delimiter" if len(reports) == 1 else None,
    )


def _check_weights(source: TableSource, position: int, weights: FloatArray) -> None:
    label = in_quotes(source.labels[position])
    for wrong, what in ((np.isnan(weights), "is missing"), (weights < 0, "is negative")):
        if wrong.any():
            row = int(np.flatnonzero(wrong)[0])
            raise BadData(f"the weight of data row {row + 1} (column {label}) {what}", where=source.name)
    if not weights.any():
        raise BadData(f"all weights in column {label} are zero", where=source.name)


def _reason(source: TableSource, plan: _Plan, tally: ColumnTally) -> str:
    """Why a column that was read is not modelled; empty if it is."""
    if tally.position in plan.left_out:
        return plan.left_out[tally.position]
    if plan.columns is not None:
        return "" if tally.position in plan.columns else "not chosen"
    if tally.kind == EMPTY:
        return "all cells are missing"
    if tally.kind != NUMBER:
        return "text"
    return "constant" if tally.is_constant and tally.n_numbers > 1 else ""


def _reports(source: TableSource, plan: _Plan, tallies: Sequence[ColumnTally]) -> tuple[ColumnReport, ...]:
    by_position = {tally.position: tally for tally in tallies}
    return tuple(_report(source, plan, by_position.get(i), i) for i in range(len(source.header)))


def _report(source: TableSource, plan: _Plan, tally: ColumnTally | None, position: int) -> ColumnReport:
    label = source.labels[position]
    if tally is None:
        why = plan.left_out.get(position, "not chosen")
        return ColumnReport(label, position, NOT_READ, 0, 0, 0, None, None, False, why)
    reason = _reason(source, plan, tally)
    why = reason or ("chosen" if plan.columns is not None else "number")
    if tally.n_bad and tally.kind == NUMBER and not reason:
        why = f"line {tally.first_bad[0].line}: {in_quotes(tally.first_bad[0].text, 20)} is not a number"
    return ColumnReport(
        label,
        position,
        tally.kind,
        tally.n_missing,
        tally.n_numbers,
        tally.n_bad,
        tally.minimum if tally.n_numbers else None,
        tally.maximum if tally.n_numbers else None,
        not reason and not (tally.n_bad and tally.kind == NUMBER),
        why,
        tuple(tally.examples),
    )


def _notes(
    source: TableSource, plan: _Plan, survey: _Survey, values: FloatArray, positions: Sequence[int]
) -> tuple[str, ...]:
    if plan.columns is not None:
        return ()
    notes = []
    unmentioned = ("excluded", "id", "row weights")
    reports = [r for r in _reports(source, plan, survey.tallies) if not r.used and r.why not in unmentioned]
    if reports:
        notes.append("columns left out: " + name_list([f"{report.name} ({report.why})" for report in reports]))
    for i, position in enumerate(positions):
        if _counts_up(values[:, i]):
            label = source.labels[position]
            notes.append(
                f"column {in_quotes(label)} counts the rows ({values[0, i]:.17g}, {values[1, i]:.17g}, ...) and is modelled;"
                f" leave it out with --id {label}"
            )
    return tuple(notes)


def _counts_up(values: FloatArray) -> bool:
    """Whether a column is 1, 2, 3, ... from some number on, over so many rows that it is no measurement."""
    enough = 10
    return (
        len(values) >= enough
        and values[-1] - values[0] == len(values) - 1
        and bool((np.diff(values) == 1).all())
    )


def _reader(source: TableSource) -> CellReader:
    return CellReader(source.options.null, source.options.decimal)
