"""Tables as streams of blocks of rows: what every kind of input offers, and how it is opened.

An input is a file, standard input, or several files as one table: a folder or a pattern with wildcards.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol, Self

from emcli.errors import BadData
from emcli.io.printable import printable
from emcli.io.read.bytes.decompression import Digest
from emcli.io.read.bytes.parts import parts_of
from emcli.io.read.bytes.raw_bytes import display_name, open_bytes
from emcli.io.read.notations.column_readers import ColumnReaders
from emcli.io.read.tables.read_options import ReadOptions
from emcli.io.read.tables.row_block import RowBlock
from emcli.io.read.text.dialect import Dialect
from emcli.io.read.text.text_table import TextTable
from emcli.io.write.sinks.parquet_out import EXTENSION

MAGIC = b"PAR1"
"""How a Parquet file begins."""

BLOCK_BYTES = 1 << 21  # half a megabyte to four were equally quick: a block's arrays stay in the cache


class TableSource(Protocol):
    """A table that can be read block by block, again and again.

    name           how messages call it
    header         the names as they stand in the file; c1, c2, ... without a header
    labels         one unambiguous name per column (see `column_labels`)
    header_record  the header's bytes in UTF-8, quotes untouched, without its line end; None without a header
    dialect        how text that resembles the table is written
    readers        what a cell's text means in each column
    notes          what was done that a user should be told; complete after the first pass
    """

    name: str
    options: ReadOptions
    header: tuple[str, ...]
    labels: tuple[str, ...]
    header_record: bytes | None
    dialect: Dialect
    readers: ColumnReaders
    notes: list[str]

    def sha256(self) -> str:
        """The digest of the input's bytes as they are on disk; of several files, that of their digests."""
        ...

    def blocks(self, digest: Digest | None = None) -> Iterator[RowBlock]:
        """The rows in file order; a digest is given what `sha256` is made of."""
        ...

    def close(self) -> None: ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *exception: object) -> None: ...


class OneTable(TableSource, Protocol):
    """A table that is a single file."""

    @property
    def version(self) -> object:
        """What changes when the file does."""
        ...

    def read_as(self, readers: ColumnReaders) -> None:
        """Take cells to mean what these readers say."""
        ...


def open_table(path: str, options: ReadOptions | None = None, *, block_bytes: int = BLOCK_BYTES) -> TableSource:
    """The table at `path` ("-": standard input); InputError if it cannot be opened, BadData if it is no table."""
    options = options or ReadOptions()
    parts = parts_of(path)
    if len(parts) == 1:
        return open_one(parts[0], options, block_bytes)
    from emcli.io.read.tables.joined_tables import JoinedTables

    return JoinedTables(path, parts, options, lambda part, how: open_one(part, how, block_bytes))


def open_one(path: str, options: ReadOptions, block_bytes: int) -> OneTable:
    """The table in one file."""
    raw = open_bytes(path)
    try:
        if raw.read_at(0, 4) == MAGIC:
            from emcli.io.read.tables.parquet_table import ParquetTable

            return ParquetTable(raw, display_name(path), options)
        refuse_false_name(path)
        return TextTable(raw, display_name(path), options, block_bytes)
    except BaseException:
        raw.close()
        raise


def refuse_false_name(path: str) -> None:
    """BadData if a name promises Parquet that the content is not."""
    if path.lower().endswith(EXTENSION):
        raise BadData(
            f"its name ends in {EXTENSION}, but it does not hold Parquet data",
            where=printable(display_name(path), 4096),
            hint="rename it if it is plain text",
        )
