"""Counting what the cells of each column are, block by block.

A column's kind is decided when the whole file was seen, from counts that do not depend on the blocks:
n_missing, n_numbers and n_bad add up to the number of rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from emcli.data.rows import FloatArray, IntArray
from emcli.io.read.columns.cell_errors import WrongCell
from emcli.io.read.tables.row_block import RowBlock
from emcli.io.read.text.number_cells import CellReader
from emcli.io.read.text.odd_rows import OddRow, odd_row

NUMBER, TEXT, EMPTY = "number", "text", "empty"
N_EXAMPLES = 3
N_BAD_KEPT = 5
MOST_LOOKED_AT = 100  # bad cells of a column whose spellings are kept
LONGEST_KEPT = 200  # characters of a cell that is kept for a message


@dataclass(frozen=True)
class BadCell:
    """A cell that is neither a number nor missing."""

    row: int
    where: str
    text: str
    line_shown: str
    odd: OddRow


@dataclass
class ColumnTally:
    """The cells of one column, counted."""

    position: int
    label: str
    n_missing: int = 0
    n_numbers: int = 0
    n_bad: int = 0
    minimum: float = float("inf")
    maximum: float = float("-inf")
    first_bad: list[BadCell] = field(default_factory=list)
    spellings: list[str] = field(default_factory=list)
    n_looked_at: int = 0
    examples: list[str] = field(default_factory=list)

    @property
    def kind(self) -> str:
        """A column is numeric if it is so by at least half of its cells that are not missing."""
        if self.n_numbers + self.n_bad == 0:
            return EMPTY
        return NUMBER if self.n_numbers >= self.n_bad else TEXT

    @property
    def is_constant(self) -> bool:
        return self.n_numbers > 0 and self.minimum == self.maximum

    def is_in_foreign_notation(self, reader: CellReader) -> bool:
        """Whether the first cells are numbers as others write them: 1,5 or 12,345.67."""
        return bool(self.first_bad) and all(reader.foreign_notation(bad.text) for bad in self.first_bad)

    def add(self, other: ColumnTally, first_row: int) -> None:
        """Count the cells of a further piece of the column, which begins at this row."""
        self.n_missing += other.n_missing
        self.n_numbers += other.n_numbers
        self.n_bad += other.n_bad
        self.minimum = min(self.minimum, other.minimum)
        self.maximum = max(self.maximum, other.maximum)
        further = [replace(bad, row=first_row + bad.row) for bad in other.first_bad]
        self.first_bad = [*self.first_bad, *further][:N_BAD_KEPT]
        self.spellings = list(dict.fromkeys([*self.spellings, *other.spellings]))
        self.examples = [*self.examples, *other.examples][:N_EXAMPLES]

    def wrong_cell(self, spellings: Sequence[str], leave_out: Sequence[str]) -> WrongCell:
        """Its first bad cell, for an error; `spellings` are those of all faulty columns."""
        first = self.first_bad[0]
        n_present = self.n_bad + self.n_numbers
        return WrongCell(
            first.text, self.label, first.where, first.line_shown, self.n_bad, n_present, spellings, leave_out
        )


def count_block(tallies: Sequence[ColumnTally], block: RowBlock) -> FloatArray:
    """Add a block's cells to the tallies; (n, columns) its numbers, NaN where there is none."""
    columns = [tally.position for tally in tallies]
    converted = block.convert(columns)
    values = converted.values.reshape(block.n_rows, len(columns))
    n_bad = np.bincount(converted.bad % max(1, len(columns)), minlength=len(columns))
    by_column = np.ascontiguousarray(values.T)
    n_absent = np.isnan(by_column).sum(axis=1)
    minima, maxima = np.fmin.reduce(by_column, axis=1), np.fmax.reduce(by_column, axis=1)
    for j, tally in enumerate(tallies):
        tally.n_bad += int(n_bad[j])
        tally.n_missing += int(n_absent[j] - n_bad[j])
        tally.n_numbers += block.n_rows - int(n_absent[j])
        if n_absent[j] < block.n_rows:
            tally.minimum = min(tally.minimum, float(minima[j]))
            tally.maximum = max(tally.maximum, float(maxima[j]))
        for row in range(min(block.n_rows, N_EXAMPLES - len(tally.examples))):
            tally.examples.append(block.text(row, tally.position)[:LONGEST_KEPT])
    _keep_bad(tallies, block, values, converted.bad)
    return values


def _keep_bad(tallies: Sequence[ColumnTally], block: RowBlock, values: FloatArray, bad: IntArray) -> None:
    """Remember the first bad cells of each column, and how bad cells are spelled."""
    if bad.size == 0:
        return
    rows, places = np.divmod(bad, len(tallies))
    for j in np.unique(places).tolist():
        tally = tallies[j]
        here = rows[places == j][: MOST_LOOKED_AT - tally.n_looked_at].tolist()
        texts = [block.text(row, tally.position)[:LONGEST_KEPT] for row in here]
        wanted = N_BAD_KEPT - len(tally.first_bad)
        for row, text in zip(here[: max(0, wanted)], texts, strict=False):
            tally.first_bad.append(_bad_cell(block, row, tally.position, text, not np.isnan(values[row]).all()))
        tally.n_looked_at += len(here)
        tally.spellings = list(dict.fromkeys([*tally.spellings, *texts]))


def _bad_cell(block: RowBlock, row: int, column: int, text: str, has_number: bool) -> BadCell:
    where, shown = block.place(row, column).where, block.line_shown(row, column)
    return BadCell(block.first_row + row, where, text, shown, odd_row(block, row, has_number=has_number))
