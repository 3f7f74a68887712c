"""The modelled columns of a table as blocks of doubles, read in one pass.

All columns that may take part are converted; which do is decided at the end, on the whole file.  Without a
choice these are the columns of numbers that have names and vary.  A column that is mostly numbers and has a
cell that is none is an error, never dropped; text, constant and empty columns are left out, and one note names
them.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np

from emcli.data.blocks import Blocks, gathered, n_rows
from emcli.data.rows import BoolArray, FloatArray, Numbers
from emcli.errors import BadData
from emcli.io.printable import in_quotes, name_list, printable
from emcli.io.read.bytes.decompression import Digest
from emcli.io.read.columns.column_checks import check_cells, check_chosen, check_names, check_some, check_weights
from emcli.io.read.columns.column_plan import NOT_WORTH_A_NOTE, ColumnChoice, ColumnPlan, plan_columns
from emcli.io.read.columns.column_report import ColumnReport, report_columns, why_not_modelled
from emcli.io.read.columns.column_tally import ColumnTally, count_block
from emcli.io.read.store.block_file import unnamed_file
from emcli.io.read.store.row_cache import Cached, RowCache
from emcli.io.read.store.row_store import RowStore
from emcli.io.read.tables.row_block import RowBlock
from emcli.io.read.tables.table_source import TableSource

__all__ = ["ColumnChoice", "Keeping", "NumericTable", "describe_columns", "read_numeric"]

DATE = re.compile(r"(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])")
ENOUGH_TO_COUNT = 10  # rows; fewer consecutive whole numbers may well be a measurement


@dataclass(frozen=True)
class NumericTable:
    """columns, positions  the modelled columns: labels, and places in the header
    rows     in blocks, with their weights: ones without a column of weights
    n_missing_cells  of the modelled columns
    reports  one per column of the file
    notes    what a user should be told
    sha256   of the input's bytes as they are on disk
    """

    columns: tuple[str, ...]
    positions: tuple[int, ...]
    rows: Blocks
    n_missing_cells: int
    reports: tuple[ColumnReport, ...]
    notes: tuple[str, ...]
    sha256: str

    @property
    def n_rows(self) -> int:
        return n_rows(self.rows)

    @cached_property
    def values(self) -> FloatArray:
        """All rows (n, d) in one piece, NaN where missing."""
        return gathered(self.rows).values


@dataclass(frozen=True)
class Keeping:
    """How the rows are kept: bytes that the process may take (None: as many as it needs), and a folder for a cache.

    read  called with the number of rows that have been read so far
    """

    memory: int | None = None
    cache: str | None = None
    read: Callable[[int], None] = lambda n_rows: None


def read_numeric(source: TableSource, choice: ColumnChoice, keeping: Keeping | None = None) -> NumericTable:
    """The numbers of the chosen columns; BadData where a cell, a row or the choice does not fit the file."""
    plan = plan_columns(source, choice)
    keeping = keeping or Keeping()
    return modelled(
        source, plan, _read(source, plan, keeping) if keeping.cache is None else _cached(source, plan, keeping)
    )


class Store(Protocol):
    """The numbers of all columns that were read, until it is known which are modelled."""

    @property
    def n_rows(self) -> int: ...

    def release(self, columns: Sequence[int], weights: int | None, /) -> Blocks:
        """The columns at these places among those read, and the weights; the others are gone afterwards."""
        ...


@dataclass(frozen=True, eq=False)
class ColumnsRead:
    """What the pass over a table brought: what the columns hold, their numbers, and the digest of the input."""

    tallies: Sequence[ColumnTally]
    store: Store
    sha256: str


def modelled(source: TableSource, plan: ColumnPlan, read: ColumnsRead) -> NumericTable:
    """The table of the columns that are modelled; BadData where a cell, a row or the choice does not fit the file."""
    tallies, store = read.tallies, read.store
    if store.n_rows == 0:
        raise BadData("no data rows, only a header", where=source.name)
    check_cells(source, plan, tallies)
    check_chosen(source, plan, tallies, store.n_rows)
    used = [tally for tally in tallies if not why_not_modelled(plan, tally)]
    check_some(source, plan, tallies, len(used))
    found = [tally.position for tally in used]
    check_names(source, plan, found)
    positions = plan.columns or tuple(found)
    places = [plan.read.index(position) for position in positions]
    rows = store.release(places, None if plan.weights is None else plan.read.index(plan.weights))
    if plan.weights is not None:
        check_weights(source, plan.weights, rows)
    reports = report_columns(source.labels, plan, tallies)
    notes = [] if plan.columns is not None else _notes(reports, rows, [source.labels[p] for p in positions])
    return NumericTable(
        columns=tuple(source.labels[p] for p in positions),
        positions=positions,
        rows=rows,
        n_missing_cells=sum(tally.n_missing for tally in used),
        reports=reports,
        notes=(*source.notes, *notes),
        sha256=read.sha256,
    )


def describe_columns(source: TableSource, choice: ColumnChoice) -> tuple[ColumnReport, ...]:
    """What each column holds and whether it would be modelled; bad cells are reported, not raised."""
    plan = plan_columns(source, choice, read_all=True)
    tallies, _ = survey(source, plan.read, None)
    return report_columns(source.labels, plan, tallies)


def _read(source: TableSource, plan: ColumnPlan, keeping: Keeping) -> ColumnsRead:
    """What the columns hold, their numbers, and the digest of the input."""
    store = RowStore(len(plan.read), keeping.memory, unnamed_file)
    tallies, sha256 = survey(source, plan.read, store, keeping.read)
    return ColumnsRead(tallies, store, sha256)


def _cached(source: TableSource, plan: ColumnPlan, keeping: Keeping) -> ColumnsRead:
    """The same, from the cache of an earlier run if there is one; otherwise one is made."""
    assert keeping.cache is not None
    sha256 = source.sha256()
    cache = RowCache(keeping.cache, sha256, repr((source.options, source.labels, plan.read)))
    store = RowStore(len(plan.read), keeping.memory, cache.begin)
    found = cache.find()
    if found is not None:
        store.take_over(found.blocks)
        source.notes[:] = found.notes
        return ColumnsRead(found.tallies, store, sha256)
    try:
        file = store.move_to_file()
        tallies, _ = survey(source, plan.read, store, keeping.read)
        cache.finish(file, Cached(store.in_file(), tallies, source.notes))
    finally:
        cache.abandon()
    return ColumnsRead(tallies, store, sha256)


class Rowed(Protocol):
    """Labels of columns, and rows block by block."""

    labels: tuple[str, ...]

    def blocks(self, digest: Digest | None = None) -> Iterator[RowBlock]: ...


def survey(
    source: Rowed, read: Sequence[int], store: RowStore | None, told: Callable[[int], None] = lambda n_rows: None
) -> tuple[list[ColumnTally], str]:
    """The pass over the file: what the cells of each column read are, and the input's digest; numbers are stored."""
    digest = hashlib.sha256()
    tallies = [ColumnTally(position, source.labels[position]) for position in read]
    for block in source.blocks(digest):
        values = count_block(tallies, block)
        if store is not None:
            store.append(values, block.part)
        told(block.first_row + block.n_rows)
    return tallies, digest.hexdigest()


def _notes(reports: Sequence[ColumnReport], rows: Blocks, labels: Sequence[str]) -> list[str]:
    """What a user who chose no columns should know about the choice that was made."""
    left_out = [r for r in reports if not r.used and r.why not in NOT_WORTH_A_NOTE]
    notes = []
    if left_out:
        notes.append("columns left out: " + name_list([f"{report.name} ({report.why})" for report in left_out]))
    notes += [
        f"column {in_quotes(r.name)} looks like dates ({printable(r.examples[0])}) and is modelled as numbers;"
        f" leave it out with --id {r.name}"
        for r in reports
        if r.used and looks_like_dates(r)
    ]
    for j, (one, two) in counting_columns(rows).items():
        notes.append(
            f"column {in_quotes(labels[j])} counts the rows ({one:.17g}, {two:.17g}, ...)"
            f" and is modelled; leave it out with --id {labels[j]}"
        )
    return notes


def looks_like_dates(report: ColumnReport) -> bool:
    """Whether a column's numbers are dates without a mark between year, month and day: 20240131."""
    if report.minimum is None or report.maximum is None or report.minimum < 19000101 or report.maximum > 21001231:
        return False
    return any(report.examples) and all(DATE.fullmatch(text.strip()) for text in report.examples if text.strip())


def counting_columns(rows: Blocks) -> dict[int, tuple[float, float]]:
    """The columns that are 1, 2, 3, ... from some number on, over so many rows that they are no measurement.

    With each its first two numbers.
    """
    if n_rows(rows) < ENOUGH_TO_COUNT:
        return {}
    counting = np.ones(rows.n_features, dtype=np.bool_)
    first = last = None
    for begins, ends, counts in rows.map(steps_of_one):
        counting &= counts if last is None else counts & (begins == last + 1)
        if not counting.any():
            return {}
        first, last = begins if first is None else first, ends
    assert first is not None
    return {int(j): (float(first[j]), float(first[j]) + 1.0) for j in np.flatnonzero(counting)}


def steps_of_one(numbers: Numbers) -> tuple[FloatArray, FloatArray, BoolArray]:
    """The first and the last row of a block, and which columns (d,) grow by 1 from row to row."""
    values = numbers.values
    return values[0], values[-1], np.asarray((np.diff(values, axis=0) == 1).all(axis=0))
