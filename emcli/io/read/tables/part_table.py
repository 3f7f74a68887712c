"""A part of a table, opened by itself, with the columns of the whole: those of the first part, in its order."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from emcli.io.read.bytes.decompression import Digest
from emcli.io.read.columns.column_matching import read_alike
from emcli.io.read.tables.part_reading import SeenTable
from emcli.io.read.tables.row_block import RowBlock
from emcli.io.read.tables.table_source import BLOCK_BYTES, OneTable, TableSource, open_one


class PartTable:
    """See `TableSource` for the attributes; rows are counted from the first of the part."""

    def __init__(self, first: SeenTable, table: OneTable) -> None:
        self.options, self.dialect, self.readers = first.options, first.dialect, first.readers
        self.header, self.labels, self.header_record = first.header, first.labels, first.header_record
        self.name, self.notes = table.name, table.notes
        self.notes.clear()  # those about the columns were told of the first part
        self._table, self._order = table, read_alike(first, table)

    def sha256(self) -> str:
        return self._table.sha256()

    def blocks(self, digest: Digest | None = None) -> Iterator[RowBlock]:
        """The rows of the part, as the whole table has them."""
        for block in self._table.blocks(digest):
            yield block.among(0, 0, self._order)

    def close(self) -> None:
        self._table.close()

    def __enter__(self) -> PartTable:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


@contextmanager
def open_part(first: SeenTable, path: str) -> Iterator[TableSource]:
    """The part at `path`; BadData if its columns are not those of the first."""
    table = open_one(path, first.options, BLOCK_BYTES)
    try:
        yield PartTable(first, table)
    finally:
        table.close()
