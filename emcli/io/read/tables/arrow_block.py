"""Some consecutive rows of a table whose columns have types.

Numbers of any kind are modelled; a decimal is the nearest double.  Missing are nulls and NaN, and in columns of text
also what would be missing in a table of text.  Everything else is no number.

What they look like as text is in `arrow_text`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from emcli.data.rows import BoolArray, FloatArray, IntArray
from emcli.errors import BadData
from emcli.io.read.notations.block_numbers import needed_numbers
from emcli.io.read.tables.arrow_text import has_text, quoted_texts, texts_of
from emcli.io.read.tables.row_block import Place
from emcli.io.read.tables.table_context import TableContext
from emcli.io.read.text.conversion import Converted, convert, doubles
from emcli.io.read.text.number_cells import CellReader

if TYPE_CHECKING:
    import pyarrow as pa


class ArrowBlock:
    """Rows of a table of typed columns; `RowBlock` says what the methods do.

    first_in_file  rows of the file before these
    """

    def __init__(
        self,
        batch: pa.RecordBatch,
        first_row: int,
        table: TableContext,
        *,
        part: int = 0,
        first_in_file: int | None = None,
    ) -> None:
        self.part = part
        self.first_row = first_row
        self.n_rows = int(batch.num_rows)
        self._batch = batch
        self.table = table
        self._first_in_file = first_row if first_in_file is None else first_in_file

    def numbers(self, columns: Sequence[int]) -> FloatArray:
        return needed_numbers(self, columns)

    def convert(self, columns: Sequence[int]) -> Converted:
        found = [self._converted(column) for column in columns]
        values = np.stack([values for values, _ in found], axis=1) if found else np.empty((self.n_rows, 0))
        bad = np.stack([bad for _, bad in found], axis=1) if found else np.empty((self.n_rows, 0), dtype=np.bool_)
        return Converted(values.ravel(), np.flatnonzero(bad))

    def _converted(self, column: int) -> tuple[FloatArray, BoolArray]:
        """The numbers (n,) of a column, and which cells are neither numbers nor missing."""
        import pyarrow as pa

        array = self._batch.column(column)
        if pa.types.is_dictionary(array.type):
            array = array.dictionary_decode()
        kind = array.type
        if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
            values = doubles(array.cast(pa.float64(), safe=False).fill_null(np.nan)).copy()
            bad = np.isinf(values)
            values[bad] = np.nan
            values[np.isin(values, self.table.readers.of(column).null_numbers)] = np.nan
            return values, bad
        if pa.types.is_string(kind) or pa.types.is_large_string(kind):
            return self._from_texts(array, self.table.readers.of(column))
        return np.full(self.n_rows, np.nan), _there(array)

    def _from_texts(self, array: pa.Array, reader: CellReader) -> tuple[FloatArray, BoolArray]:
        import pyarrow as pa

        texts = array.fill_null("").cast(pa.large_string())
        _, offsets, data = texts.buffers()
        bounds = np.frombuffer(offsets, np.int64, len(texts) + 1, texts.offset * 8).astype(np.intp)
        found = convert(data.to_pybytes() if data is not None else b"", bounds[:-1], bounds[1:], reader)
        bad = np.zeros(self.n_rows, dtype=np.bool_)
        bad[found.bad] = True
        bad &= _there(array)
        return found.values, bad

    def text(self, row: int, column: int) -> str:
        array = self._batch.column(column)
        if not has_text(array.type):
            return str(array[row].as_py())
        return str(texts_of(array.slice(row, 1))[0].as_py())

    def texts(self, column: int) -> list[str]:
        return [str(text) for text in self._shown(column).to_pylist()]

    def column(self, column: int, keep: BoolArray) -> pa.Array:
        import pyarrow as pa

        array = self._batch.column(column)
        return array if keep.all() else array.filter(pa.array(keep))

    def arrow(self, column: int, *, number: bool) -> pa.Array:
        return self._batch.column(column)

    def records(self) -> Any:
        return self._joined([self._shown(column) for column in range(len(self.table.header))])

    def records_with(self, rows: IntArray, columns: IntArray, cells: Sequence[bytes]) -> Any:
        import pyarrow as pa
        import pyarrow.compute as pc

        shown = [self._shown(column) for column in range(len(self.table.header))]
        new = np.array([cell.decode() for cell in cells], dtype=object)
        for column in np.unique(columns).tolist():
            here = columns == column
            mask = np.zeros(self.n_rows, dtype=np.bool_)
            mask[rows[here]] = True
            order = np.argsort(rows[here], kind="stable")
            replacements = pa.array(new[here][order].tolist(), pa.large_string())
            shown[column] = pc.replace_with_mask(shown[column], pa.array(mask), replacements)
        return self._joined(shown)

    def _joined(self, columns: list[pa.Array]) -> Any:
        import pyarrow as pa
        import pyarrow.compute as pc

        comma = pa.scalar(",", pa.large_string())
        return pc.binary_join_element_wise(*(quoted_texts(one, ",") for one in columns), comma).cast(pa.large_binary())

    def _shown(self, column: int) -> pa.Array:
        """The texts of a column; BadData if it has none."""
        array = self._batch.column(column)
        if not has_text(array.type):
            label = self.table.labels[column]
            raise BadData(
                f"column '{label}' holds {array.type}, which a table of text cannot",
                where=self.table.name,
                hint="write Parquet (-o NAME.parquet), or leave the input's columns out with --only",
            )
        return texts_of(array)

    def place(self, row: int, column: int = 0) -> Place:
        return Place(self.table.name, self._first_in_file + row + 1, "row")

    def line_shown(self, row: int, column: int) -> str:
        return f"{self.place(row).spot}: {self.table.labels[column]} = {self.text(row, column)[:100]}"

    def repeats_header(self, row: int) -> bool:
        return False

    def among(self, part: int, first_row: int, order: IntArray) -> ArrowBlock:
        return ArrowBlock(
            self._batch.select(order.tolist()),
            first_row + self.first_row,
            self.table.in_order(order),
            part=part,
            first_in_file=self._first_in_file,
        )


def _there(array: pa.Array) -> BoolArray:
    """(n,) whether a cell is not null; to_numpy() would load pandas."""
    import pyarrow as pa

    flags = array.is_valid().cast(pa.uint8())
    return np.frombuffer(flags.buffers()[1], np.bool_, len(flags), flags.offset)
