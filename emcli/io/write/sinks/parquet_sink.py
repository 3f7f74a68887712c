"""Rows as Parquet: new tables, and tables that were read with new columns behind their own.

Columns of a Parquet input keep their types and values.  Of a text input the modelled columns become doubles, missing
cells null; all others stay texts, byte for byte, empty ones null.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from emcli.data.rows import BoolArray
from emcli.io.read.tables.row_block import RowBlock
from emcli.io.write.sinks.completed_cells import Completed
from emcli.io.write.sinks.number_text import rounded
from emcli.io.write.sinks.parquet_out import ParquetOut

if TYPE_CHECKING:
    import pyarrow as pa


class ParquetRows:
    """A new table; columns are numpy arrays, lists or Arrow arrays."""

    def __init__(self, out: ParquetOut, header: Sequence[str], digits: int | None) -> None:
        self._out, self._header, self._digits = out, list(header), digits

    def write_rows(self, columns: Sequence[Any]) -> None:
        """Add rows given as equally long columns."""
        import pyarrow as pa

        arrays = [as_arrow(column, self._digits) for column in columns]
        self._out.write_table(pa.Table.from_arrays(arrays, names=self._header))


class WidenedParquet:
    """The columns of a table that was read, and new ones behind them.

    numeric  positions of the modelled columns
    """

    def __init__(
        self, out: ParquetOut, header: Sequence[str], new: Sequence[str], numeric: Sequence[int], digits: int | None
    ) -> None:
        self._rows = ParquetRows(out, [*header, *new], digits)
        self._header, self._numeric = header, frozenset(numeric)
        self._digits = digits

    def append(self, block: RowBlock, columns: Sequence[Any], keep: BoolArray) -> None:
        """The kept rows of a block, and as many new cells."""
        import pyarrow as pa

        arrays = [block.arrow(j, number=j in self._numeric) for j in range(len(self._header))]
        if not keep.all():
            arrays = [array.filter(pa.array(keep)) for array in arrays]
        self._rows.write_rows([*arrays, *columns])

    def append_completed(self, block: RowBlock, columns: Sequence[Any], completed: Completed) -> None:
        """A block with its missing cells filled, and new cells; modelled columns are doubles."""
        import pyarrow as pa

        places = {position: place for place, position in enumerate(completed.positions)}
        arrays = []
        for j in range(len(self._header)):
            array = block.arrow(j, number=j in places)
            if j in places:
                missing = completed.missing[:, places[j]]
                values = completed.values[:, places[j]].copy()
                if self._digits is not None:
                    values[missing] = rounded(values[missing].tolist(), self._digits)
                array = pa.array(values)
            arrays.append(array)
        self._rows.write_rows([*arrays, *columns])


def as_arrow(column: Any, digits: int | None) -> pa.Array:
    """A column with its type: floats rounded if asked for, texts, whole numbers, or what Arrow makes of a list."""
    import pyarrow as pa

    if isinstance(column, np.ndarray) and column.dtype.kind == "f" and digits is not None:
        column = np.array(rounded(column.tolist(), digits), dtype=np.float64)
    if isinstance(column, pa.ChunkedArray):
        return column.combine_chunks()
    return column if isinstance(column, pa.Array) else pa.array(column)
