"""Some consecutive rows of a text table: raw records, cell texts and numbers."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import compress
from typing import TYPE_CHECKING

import numpy as np

from emcli.data.rows import BoolArray, FloatArray, IntArray
from emcli.io.read.notations.block_numbers import needed_numbers
from emcli.io.read.tables.row_block import Place
from emcli.io.read.tables.table_context import TableContext
from emcli.io.read.text.conversion import FEW_CELLS, Converted, convert, gathered
from emcli.io.read.text.number_cells import BLANKS
from emcli.io.read.text.ragged_rows import RegularRows, regular_rows, reordered
from emcli.io.read.text.record_stream import line_of, line_shown, unreadable
from emcli.io.read.text.splitting import Malformed, split
from emcli.io.write.sinks.splicing import splice

if TYPE_CHECKING:
    import pyarrow as pa

FEW_ROWS = 5000  # as many records are quicker as a list than Arrow is loaded


class TextBlock:
    """Rows of a text table; `RowBlock` says what the methods do.

    original    the text as it was read, which begins on `first_line`
    """

    def __init__(
        self,
        rows: RegularRows,
        original: bytes,
        first_row: int,
        first_line: int,
        table: TableContext,
        *,
        part: int = 0,
    ) -> None:
        self.part = part
        self.first_row = first_row
        self.n_rows = int(rows.starts.shape[0])
        self._rows = rows
        self._original = original
        self._first_line = first_line
        self.table = table

    def numbers(self, columns: Sequence[int]) -> FloatArray:
        return needed_numbers(self, columns)

    def convert(self, columns: Sequence[int]) -> Converted:
        order, back = np.unique(np.asarray(columns, dtype=np.intp), return_inverse=True)
        found = self._converted(order)
        if np.array_equal(order, columns):
            return found
        bad_rows, bad_columns = np.divmod(found.bad, max(1, order.size))
        is_bad = np.zeros((self.n_rows, order.size), dtype=bool)
        is_bad[bad_rows, bad_columns] = True
        values = found.values.reshape(self.n_rows, order.size)[:, back]
        return Converted(values.ravel(), np.flatnonzero(is_bad[:, back]))

    def _converted(self, columns: IntArray) -> Converted:
        """The same for ascending columns: those that share a reader together."""
        readers, text = self.table.readers, self._rows.text
        groups = readers.groups(columns.tolist())
        if len(groups) < 2:
            reader = readers.of(int(columns[0])) if columns.size else readers.usual
            return convert(text, *self._bounds(columns), reader)
        values = np.empty((self.n_rows, columns.size))
        is_bad = np.zeros((self.n_rows, columns.size), dtype=bool)
        for places in groups:
            found = convert(text, *self._bounds(columns[places]), readers.of(int(columns[places[0]])))
            rows, among = np.divmod(found.bad, len(places))
            values[:, places] = found.values.reshape(self.n_rows, len(places))
            is_bad[rows, np.asarray(places)[among]] = True
        return Converted(values.ravel(), np.flatnonzero(is_bad))

    def _bounds(self, columns: IntArray) -> tuple[IntArray, IntArray]:
        starts, ends = self._rows.starts, self._rows.ends
        if columns.size != starts.shape[1]:
            starts, ends = starts[:, columns], ends[:, columns]
        return starts.ravel(), ends.ravel()

    def text(self, row: int, column: int) -> str:
        return self.table.dialect.quoting.content(self._raw(row, column)).decode("utf-8")

    def texts(self, column: int) -> list[str]:
        content = self.table.dialect.quoting.content
        return [content(raw).decode("utf-8") for raw in self.raw_cells(column)]

    def column(self, column: int, keep: BoolArray) -> list[str]:
        return [*compress(self.texts(column), keep)]

    def arrow(self, column: int, *, number: bool) -> pa.Array:
        import pyarrow as pa

        if number:
            values = self.numbers([column])[:, 0]
            return pa.array(values, mask=np.isnan(values))
        return pa.array([text or None for text in self.texts(column)], pa.string())

    def raw_cells(self, column: int) -> list[bytes]:
        """The cells of one column as they stand in the file, quotes included."""
        text = self._rows.text
        starts, ends = self._rows.starts[:, column].tolist(), self._rows.ends[:, column].tolist()
        return [text[start:end] for start, end in zip(starts, ends, strict=True)]

    def records(self) -> pa.LargeBinaryArray | list[bytes]:
        return _between(self._rows.text, self._rows.starts[:, 0], self._rows.ends[:, -1])

    def records_with(
        self, rows: IntArray, columns: IntArray, cells: Sequence[bytes]
    ) -> pa.LargeBinaryArray | list[bytes]:
        starts, ends = self._rows.starts[rows, columns], self._rows.ends[rows, columns]
        order = np.argsort(starts, kind="stable")
        new = [cells[i] for i in order.tolist()]
        whole = self._rows.starts[:, 0], self._rows.ends[:, -1]
        spliced = splice(self._rows.text, whole, (starts[order], ends[order]), new)
        return _between(spliced.text, spliced.starts, spliced.ends)

    def spans(self, columns: Sequence[int]) -> tuple[IntArray, IntArray]:
        """(n, len(columns)) begin and end of these cells, as offsets into the row's record."""
        chosen = list(columns)
        origin = self._rows.starts[:, :1]
        return self._rows.starts[:, chosen] - origin, self._rows.ends[:, chosen] - origin

    def place(self, row: int, column: int = 0) -> Place:
        position = self._position(row, column)
        return Place(self.table.name, line_of(self._original, position, self.table.dialect, self._first_line))

    def line_shown(self, row: int, column: int) -> str:
        return line_shown(self._original, self._position(row, column), self.table.dialect, self._first_line)

    def among(self, part: int, first_row: int, order: IntArray) -> TextBlock:
        table, rows = self.table, self._rows
        if (order != np.arange(len(order))).any():
            table = table.in_order(order)
            rows = reordered(rows, order, table.dialect.delimiter.encode())
        return TextBlock(rows, self._original, first_row + self.first_row, self._first_line, table, part=part)

    def repeats_header(self, row: int) -> bool:
        header = self.table.header
        return self.table.dialect.header and all(
            self.text(row, j).removeprefix("\ufeff").strip(BLANKS) == name.strip(BLANKS)
            for j, name in enumerate(header)
        )

    def _position(self, row: int, column: int) -> int:
        """Where a cell begins in the text as it was read."""
        position = int(self._rows.starts[row, column])
        if self._rows.origins is not None:
            position += int(self._rows.origins[row] - self._rows.starts[row, 0])
        return position

    def _raw(self, row: int, column: int) -> bytes:
        return self._rows.text[int(self._rows.starts[row, column]) : int(self._rows.ends[row, column])]


def first_rows(sample: bytes, whole: bool, table: TableContext) -> TextBlock | None:
    """The complete rows at the beginning of a table's text that have as many cells as its header; None without one."""
    marks = table.dialect.marks
    if whole and not sample.endswith(table.dialect.terminator):
        sample += table.dialect.terminator
    try:
        found = split(sample, marks, final=False)
    except Malformed as problem:
        found = problem.before
    text = sample[: found.consumed]
    if not text or unreadable(text, table.dialect, table.name, 1):
        return None
    rows = regular_rows(text, found, len(table.header), "skip", marks)
    block = TextBlock(rows, text, 0, 1, table)
    return block if block.n_rows else None


def _between(text: bytes, starts: IntArray, ends: IntArray) -> pa.LargeBinaryArray | list[bytes]:
    """Pieces of a text: a list of few, else an Arrow array."""
    if starts.size < FEW_ROWS:
        return [text[start:end] for start, end in zip(starts.tolist(), ends.tolist(), strict=True)]
    import pyarrow as pa

    return gathered(np.frombuffer(text, np.uint8), starts, ends).cast(pa.large_binary())


__all__ = ["FEW_CELLS", "FEW_ROWS", "TableContext", "TextBlock", "first_rows"]
