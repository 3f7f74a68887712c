"""Counting what the cells of each column are, block by block.

A column's kind is decided when the whole file was seen, from counts that do not depend on the blocks:
n_missing, n_numbers and n_bad add up to the number of rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from emcli.data.table import FloatArray, IntArray
from emcli.errors import BadData
from emcli.io.cell_errors import bad_cell, repeated_header
from emcli.io.number_cells import CellReader
from emcli.io.row_block import Place, RowBlock

NUMBER, TEXT, EMPTY = "number", "text", "empty"
N_EXAMPLES = 3
N_BAD_KEPT = 5
LONGEST_KEPT = 200  # characters of a cell that is kept for a message


@dataclass(frozen=True)
class BadCell:
    """A cell that is neither a number nor missing."""

    row: int
    place: Place
    text: str
    line_shown: str
    repeats_header: bool


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
        self.examples = [*self.examples, *other.examples][:N_EXAMPLES]

    def error(self, reader: CellReader) -> BadData:
        """The error about its bad cells."""
        first = self.first_bad[0]
        if first.repeats_header:
            return repeated_header(first.place, first.line_shown)
        n_present = self.n_bad + self.n_numbers
        return bad_cell(
            first.text,
            self.label,
            first.place.where,
            reader,
            detail=first.line_shown,
            n_bad=self.n_bad,
            n_present=n_present,
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
    _keep_bad(tallies, block, converted.bad)
    return values


def _keep_bad(tallies: Sequence[ColumnTally], block: RowBlock, bad: IntArray) -> None:
    """Remember the first bad cells of each column."""
    if bad.size == 0:
        return
    rows, places = np.divmod(bad, len(tallies))
    for j in np.unique(places).tolist():
        tally = tallies[j]
        wanted = N_BAD_KEPT - len(tally.first_bad)
        if wanted <= 0:
            continue
        for row in rows[places == j][:wanted].tolist():
            tally.first_bad.append(
                BadCell(
                    block.first_row + row,
                    block.place(row, tally.position),
                    block.text(row, tally.position)[:LONGEST_KEPT],
                    block.line_shown(row, tally.position),
                    block.repeats_header(row),
                )
            )
