"""What cannot be modelled: cells that are no numbers, empty columns, names that clash, weights that are none."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from emcli.data.blocks import Blocks
from emcli.data.rows import Numbers
from emcli.errors import BadData, CannotFit
from emcli.io.printable import in_quotes, name_list
from emcli.io.read.columns.column_names import repeated_names
from emcli.io.read.columns.column_plan import EXCLUDED, ColumnPlan
from emcli.io.read.columns.column_report import report_columns
from emcli.io.read.columns.column_tally import EMPTY, NUMBER, ColumnTally
from emcli.io.read.tables.table_source import TableSource
from emcli.io.read.text.odd_rows import error_about_row


def check_cells(source: TableSource, plan: ColumnPlan, tallies: Sequence[ColumnTally]) -> None:
    """BadData about the first cell that is no number where a number has to be."""
    explicit = {*(plan.columns or ()), plan.weights}

    def has_to_be_numeric(tally: ColumnTally) -> bool:
        reader = source.readers.of(tally.position)
        return tally.position in explicit or tally.kind == NUMBER or tally.is_in_foreign_notation(reader)

    numeric = [tally for tally in tallies if has_to_be_numeric(tally)]
    faulty = [tally for tally in numeric if tally.n_bad]
    if faulty:
        raise _first_error(source, plan, faulty, len(numeric))


def _first_error(source: TableSource, plan: ColumnPlan, faulty: Sequence[ColumnTally], n_numeric: int) -> BadData:
    first = min(faulty, key=lambda tally: (tally.first_bad[0].row, tally.position))
    cell = first.first_bad[0]
    same = [tally for tally in faulty if tally.first_bad[0].row == cell.row]
    texts, alone = [tally.first_bad[0].text for tally in same], all(tally.n_bad == 1 for tally in same)
    header = None if source.header_record is None else source.header
    error = error_about_row(cell.odd, texts, alone=alone, header=header, detail=cell.line_shown)
    if error is not None:
        return error
    alike = [first] if source.readers.of(first.position).is_found else faulty
    spellings = [text for tally in alike for text in tally.spellings]
    wrong = first.wrong_cell(spellings, _to_leave_out(source, plan, faulty, n_numeric))
    return wrong.error(source.readers.of(first.position))


def _to_leave_out(source: TableSource, plan: ColumnPlan, faulty: Sequence[ColumnTally], n_numeric: int) -> list[str]:
    """The columns that -x may name so that the others are read: those with wrong cells, and those it names already."""
    wrong = {tally.position for tally in faulty}
    if plan.weights in wrong or len(wrong) + (plan.weights is not None) >= n_numeric:
        return []
    named = {position for position, why in plan.left_out.items() if why == EXCLUDED}
    return [source.labels[position] for position in sorted(wrong | named)]


def check_chosen(source: TableSource, plan: ColumnPlan, tallies: Sequence[ColumnTally], n_rows: int) -> None:
    """Errors about explicitly chosen columns that say nothing about the rows."""
    for tally in tallies:
        if plan.columns is None or tally.position not in plan.columns:
            continue
        label = in_quotes(tally.label)
        if tally.kind == EMPTY:
            raise BadData(f"column {label} has no value: all its cells are missing", where=source.name)
        if tally.is_constant and n_rows > 1:
            raise CannotFit(
                f"column {label} is constant: all its values are {tally.minimum:.17g}",
                where=source.name,
                hint="leave it out: it cannot tell rows apart",
            )


def check_some(source: TableSource, plan: ColumnPlan, tallies: Sequence[ColumnTally], n_used: int) -> None:
    """BadData if there is no column to model."""
    if n_used:
        return
    reports = report_columns(source.labels, plan, tallies)
    raise BadData(
        "no numeric column to model",
        where=source.name,
        detail="columns: " + name_list([f"{report.name} ({report.why})" for report in reports]),
        hint=_hint_delimiter(source.header[0]) if len(reports) == 1 else None,
    )


def _hint_delimiter(name: str) -> str:
    """What may separate the cells of a table that seems to have one column."""
    if len(name.split()) > 1:
        return "if blanks separate its cells: -d whitespace"
    return "is the delimiter right? say it with --delimiter"


def check_names(source: TableSource, plan: ColumnPlan, positions: Sequence[int]) -> None:
    """BadData if columns that nobody chose by name share one."""
    repeated = repeated_names(source.header)
    clashing = [name for name in repeated if any(source.header[p] == name for p in positions)]
    if clashing and plan.columns is None:
        raise BadData(
            f"duplicate column names: {name_list(clashing)} (used more than once in the header)",
            where=source.name,
            hint=f"choose with -c, for example -c '{clashing[0]}[1]', or rename them",
        )


def check_weights(source: TableSource, position: int, rows: Blocks) -> None:
    """BadData if a row's weight is missing or negative, or all are zero."""
    label = in_quotes(source.labels[position])
    first_row, any_weight = 0, False
    for n_rows, (row, what), some in rows.map(wrong_weight):
        if what:
            raise BadData(f"the weight of data row {first_row + row + 1} (column {label}) {what}", where=source.name)
        first_row, any_weight = first_row + n_rows, any_weight or some
    if not any_weight:
        raise BadData(f"all weights in column {label} are zero", where=source.name)


def wrong_weight(numbers: Numbers) -> tuple[int, tuple[int, str], bool]:
    """How many rows a block has, the first whose weight is none and why, and whether any row counts at all."""
    weights = numbers.case_weights
    for wrong, what in ((np.isnan(weights), "is missing"), (weights < 0, "is negative")):
        if wrong.any():
            return len(weights), (int(wrong.argmax()), what), True
    return len(weights), (0, ""), bool(weights.any())
