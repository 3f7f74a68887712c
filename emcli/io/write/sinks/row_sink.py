"""Where rows go: as text or as Parquet, as the name of the output says."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import compress
from typing import Any, Protocol

import numpy as np

from emcli.data.rows import BoolArray
from emcli.io.read.tables.row_block import RowBlock
from emcli.io.read.tables.table_source import TableSource
from emcli.io.write.outputs.file_writer import ByteSink
from emcli.io.write.sinks.completed_cells import Completed
from emcli.io.write.sinks.parquet_out import ParquetOut
from emcli.io.write.sinks.splicing import NumberCells
from emcli.io.write.sinks.table_sink import Style, TableSink


class Rows(Protocol):
    """A table that is written from columns."""

    def write_rows(self, columns: Sequence[Any]) -> None:
        """Add rows given as equally long columns."""
        ...


class Widened(Protocol):
    """A table that was read, with new columns behind its own."""

    def append(self, block: RowBlock, columns: Sequence[Any], keep: BoolArray) -> None:
        """The kept rows (n,) of a block, and as many new cells."""
        ...

    def append_completed(self, block: RowBlock, columns: Sequence[Any], completed: Completed) -> None:
        """The rows of a block with their missing cells filled, and new cells."""
        ...


def new_table(out: ByteSink, header: Sequence[str], style: Style | None = None, digits: int | None = None) -> Rows:
    """A table of its own."""
    if isinstance(out, ParquetOut):
        from emcli.io.write.sinks.parquet_sink import ParquetRows

        return ParquetRows(out, header, digits)
    return TableSink(out, style, header, digits=digits)


def widened(
    out: ByteSink, source: TableSource, new: Sequence[str], numeric: Sequence[int], digits: int | None, *, named: bool
) -> Widened:
    """The source's rows with new columns; `numeric` are the positions of the modelled ones.

    named  whether text without a header gets one
    """
    if isinstance(out, ParquetOut):
        from emcli.io.write.sinks.parquet_sink import WidenedParquet

        return WidenedParquet(out, source.header, new, numeric, digits)
    names = [*source.header, *new] if source.header_record is None else new
    has_header = named or source.header_record is not None
    return WidenedText(out, source, names if has_header else None, digits)


class WidenedText:
    """Records as they stand in the input, and cells behind them."""

    def __init__(self, out: ByteSink, source: TableSource, header: Sequence[str] | None, digits: int | None) -> None:
        self._cells = NumberCells(source.dialect, source.readers, digits)
        self._sink = TableSink(out, source.dialect, header, behind=source.header_record, digits=digits)

    def append(self, block: RowBlock, columns: Sequence[Any], keep: BoolArray) -> None:
        """The kept rows of a block, and as many new cells."""
        records: Any = block.records()
        if not keep.all():
            records = list(compress(records, keep)) if isinstance(records, list) else records.filter(keep)
        self._sink.append_to_records(records, columns)

    def append_completed(self, block: RowBlock, columns: Sequence[Any], completed: Completed) -> None:
        """The records with the missing cells replaced, every other byte as it was."""
        rows, places = np.nonzero(completed.missing)
        if not len(rows):
            self._sink.append_to_records(block.records(), columns)
            return
        positions = np.asarray(completed.positions, dtype=np.intp)[places]
        cells = self._cells(completed.values[completed.missing].tolist(), positions.tolist())
        self._sink.append_to_records(block.records_with(rows, positions, cells), columns)
