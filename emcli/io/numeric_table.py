"""The modelled columns of a table as one array of doubles, read in one pass.

All columns that may take part are converted; which do is decided at the end, on the whole file.  Without a
choice these are the columns of numbers that have names and vary.  A column that is mostly numbers and has a
cell that is none is an error, never dropped; text, constant and empty columns are left out, and one note names
them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from emcli.data.table import FloatArray
from emcli.errors import BadData
from emcli.io.column_checks import check_cells, check_chosen, check_names, check_some, check_weights
from emcli.io.column_plan import NOT_WORTH_A_NOTE, ColumnChoice, ColumnPlan, plan_columns
from emcli.io.column_report import ColumnReport, report_columns, why_not_modelled
from emcli.io.column_tally import ColumnTally, count_block
from emcli.io.growing_rows import GrowingRows
from emcli.io.printable import in_quotes, name_list
from emcli.io.table_source import TableSource

__all__ = ["ColumnChoice", "NumericTable", "describe_columns", "read_numeric"]

ENOUGH_TO_COUNT = 10  # rows; fewer consecutive whole numbers may well be a measurement


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
    plan = plan_columns(source, choice)
    tallies, rows, sha256 = _survey(source, plan, keep=True)
    if rows.n_rows == 0:
        raise BadData("no data rows, only a header", where=source.name)
    check_cells(source, plan, tallies)
    check_chosen(source, plan, tallies, rows.n_rows)
    used = [j for j, tally in enumerate(tallies) if not why_not_modelled(plan, tally)]
    check_some(source, plan, tallies, len(used))
    found = [tallies[j].position for j in used]
    check_names(source, plan, found)
    weights = _case_weights(source, plan, rows)
    positions = plan.columns or tuple(found)
    values = _ordered(rows.release(used), found, positions)
    reports = report_columns(source.labels, plan, tallies)
    notes = [] if plan.columns is not None else _notes(reports, values, [source.labels[p] for p in positions])
    return NumericTable(
        columns=tuple(source.labels[p] for p in positions),
        positions=positions,
        values=values,
        case_weights=weights,
        reports=reports,
        notes=(*source.notes, *notes),
        sha256=sha256,
    )


def describe_columns(source: TableSource, choice: ColumnChoice) -> tuple[ColumnReport, ...]:
    """What each column holds and whether it would be modelled; bad cells are reported, not raised."""
    plan = plan_columns(source, choice, read_all=True)
    tallies, _, _ = _survey(source, plan, keep=False)
    return report_columns(source.labels, plan, tallies)


def _survey(source: TableSource, plan: ColumnPlan, keep: bool) -> tuple[list[ColumnTally], GrowingRows, str]:
    """The pass over the file: what the cells of each column read are, their numbers, and the input's digest."""
    digest = hashlib.sha256()
    tallies = [ColumnTally(position, source.labels[position]) for position in plan.read]
    rows = GrowingRows(len(tallies))
    for block in source.blocks(digest):
        values = count_block(tallies, block)
        if keep:
            rows.append(values)
    return tallies, rows, digest.hexdigest()


def _case_weights(source: TableSource, plan: ColumnPlan, rows: GrowingRows) -> FloatArray:
    if plan.weights is None:
        return np.ones(rows.n_rows)
    weights = rows.column(plan.read.index(plan.weights))
    check_weights(source, plan.weights, weights)
    return weights


def _ordered(values: FloatArray, found: Sequence[int], wanted: Sequence[int]) -> FloatArray:
    """Columns in the file's order put into the user's."""
    return values if list(found) == list(wanted) else values[:, [found.index(position) for position in wanted]]


def _notes(reports: Sequence[ColumnReport], values: FloatArray, labels: Sequence[str]) -> list[str]:
    """What a user who chose no columns should know about the choice that was made."""
    left_out = [r for r in reports if not r.used and r.why not in NOT_WORTH_A_NOTE]
    notes = []
    if left_out:
        notes.append("columns left out: " + name_list([f"{report.name} ({report.why})" for report in left_out]))
    for label, column in zip(labels, values.T, strict=True):
        if _counts_up(column):
            notes.append(
                f"column {in_quotes(label)} counts the rows ({column[0]:.17g}, {column[1]:.17g}, ...)"
                f" and is modelled; leave it out with --id {label}"
            )
    return notes


def _counts_up(values: FloatArray) -> bool:
    """Whether a column is 1, 2, 3, ... from some number on, over so many rows that it is no measurement."""
    if len(values) < ENOUGH_TO_COUNT or values[-1] - values[0] != len(values) - 1:
        return False
    return bool((np.diff(values) == 1).all())
