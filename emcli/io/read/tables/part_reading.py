"""One part of a table that is read elsewhere: by a process that sees this part alone.

The first part says how all are read (delimiter, columns); what is found out about the table as a whole is put together
from what each part brings, in their order.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Self

from emcli.data.rows import IntArray, Numbers
from emcli.errors import UsageError
from emcli.io.printable import printable
from emcli.io.read.bytes.decompression import Digest
from emcli.io.read.bytes.parts import parts_of
from emcli.io.read.columns.column_matching import read_alike
from emcli.io.read.columns.column_tally import ColumnTally
from emcli.io.read.notations.column_readers import ColumnReaders
from emcli.io.read.store.block_file import unnamed_file
from emcli.io.read.store.row_store import Chosen, InFile, InMemory, RowStore
from emcli.io.read.tables.numeric_table import survey
from emcli.io.read.tables.read_options import ReadOptions
from emcli.io.read.tables.row_block import RowBlock
from emcli.io.read.tables.table_source import BLOCK_BYTES, OneTable, open_one, open_table
from emcli.io.read.text.dialect import Dialect


@dataclass(eq=False)
class SeenTable:
    """A table as its first part shows it; see `TableSource` for the attributes.  Its rows are read where they are.

    path   as it was given
    paths  of the parts
    """

    path: str
    paths: tuple[str, ...]
    name: str
    options: ReadOptions
    header: tuple[str, ...]
    labels: tuple[str, ...]
    header_record: bytes | None
    dialect: Dialect
    readers: ColumnReaders
    notes: list[str]

    def sha256(self) -> str:
        with open_table(self.path, self.options) as table:
            return table.sha256()

    def blocks(self, digest: Digest | None = None) -> Iterator[RowBlock]:
        """The rows, read by this process: the files have to be here."""
        with open_table(self.path, self.options) as table:
            yield from table.blocks(digest)

    def close(self) -> None:
        """Nothing is open."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


def see_table(path: str, options: ReadOptions, name: str) -> SeenTable:
    """What the first part says; `name` is how messages call the table.

    InputError if there is no part, UsageError for standard input.
    """
    if path == "-":
        raise UsageError("workers cannot read standard input", where="INPUT", hint="name a file, or 'part-*.csv'")
    paths = parts_of(path)
    with closing(open_one(paths[0], options, BLOCK_BYTES)) as first:
        return SeenTable(
            path,
            tuple(paths),
            printable(name, 4096),
            replace(options, delimiter=options.delimiter or first.dialect.delimiter) if len(paths) > 1 else options,
            first.header,
            first.labels,
            first.header_record,
            first.dialect,
            first.readers,
            list(first.notes),
        )


@dataclass(frozen=True, eq=False)
class PartRead:
    """What a part brought: its rows, what its columns hold, the digest of its bytes, and notes."""

    blocks: tuple[InMemory | InFile, ...]
    tallies: list[ColumnTally]
    sha256: str
    notes: list[str]

    def summary(self) -> PartRead:
        """All but the numbers."""
        return replace(self, blocks=tuple(InMemory(block.n_rows, block.part, {}) for block in self.blocks))

    def chosen(self, columns: Sequence[int], weights: int | None) -> list[Numbers]:
        """The blocks of some of the columns, by their place among those read."""
        return [Chosen((block,), tuple(columns), weights).load(0) for block in self.blocks]


@dataclass(frozen=True)
class PartReader:
    """Reads a part of a table: the columns at these positions of the first part, found by name in the others."""

    first: SeenTable
    read: tuple[int, ...]

    def __call__(self, path: str) -> PartRead:
        several = len(self.first.paths) > 1
        with closing(open_one(path, self.first.options, BLOCK_BYTES)) as table:
            n_notes = len(table.notes)
            found = InOrder(table, self.first.labels, read_alike(self.first, table))
            store = RowStore(len(self.read), None, unnamed_file)
            tallies, sha256 = survey(found, self.read, store)
            notes = [f"{table.name}: {note}" if several else note for note in table.notes[n_notes:]]
            return PartRead(store.all_blocks(), tallies, sha256, notes)


class InOrder:
    """A part with its columns as they stand in the first."""

    def __init__(self, table: OneTable, labels: tuple[str, ...], order: IntArray) -> None:
        self._table, self.labels, self._order = table, labels, order

    def blocks(self, digest: Digest | None = None) -> Iterator[RowBlock]:
        for block in self._table.blocks(digest):
            yield block.among(0, 0, self._order)


def joined_tallies(parts: Sequence[PartRead]) -> list[ColumnTally]:
    """What the columns of the whole table hold."""
    whole = [ColumnTally(tally.position, tally.label) for tally in parts[0].tallies]
    first_row = 0
    for part in parts:
        for tally, more in zip(whole, part.tallies, strict=True):
            tally.add(more, first_row)
        first_row += sum(block.n_rows for block in part.blocks)
    return whole


def joined_digest(parts: Sequence[PartRead]) -> str:
    """The digest of the table: of one part its own, of several that of their digests."""
    if len(parts) == 1:
        return parts[0].sha256
    return hashlib.sha256(b"".join(bytes.fromhex(part.sha256) for part in parts)).hexdigest()
