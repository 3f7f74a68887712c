"""Several files as one table, one below the other.

Columns are matched by name, so that their order may differ from file to file; everything that is written follows the
first file.  Files are opened one at a time, however many there are; one that is no longer what it was when the table
was opened is an error.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from typing import Self

from emcli.data.rows import IntArray
from emcli.errors import BadData
from emcli.io.printable import printable
from emcli.io.read.bytes.decompression import Digest
from emcli.io.read.columns.column_matching import order_like, read_alike
from emcli.io.read.tables.read_options import ReadOptions
from emcli.io.read.tables.row_block import RowBlock
from emcli.io.read.tables.table_source import OneTable

Open = Callable[[str, ReadOptions], OneTable]


@dataclass(frozen=True, eq=False)
class Part:
    """A file as it was when the table was opened; where the table's columns stand in it."""

    path: str
    version: object
    order: IntArray


class JoinedTables:
    """The rows of several files; see `TableSource` for the attributes."""

    def __init__(self, name: str, paths: Sequence[str], options: ReadOptions, open_part: Open) -> None:
        self._open = open_part
        with closing(open_part(paths[0], options)) as first:
            self.options = replace(options, delimiter=options.delimiter or first.dialect.delimiter)
            self.dialect, self.readers = first.dialect, first.readers
            self.header, self.labels, self.header_record = first.header, first.labels, first.header_record
            self.notes = list(first.notes)
            self._parts = [Part(paths[0], first.version, order_like(first, first))]
            for path in paths[1:]:
                with closing(open_part(path, self.options)) as other:
                    self._parts.append(Part(path, other.version, order_like(first, other)))
        self.name = printable(name, 4096)
        self._counted = False

    def sha256(self) -> str:
        """The digest of the digests of all files: each can be had on its own."""
        digest = hashlib.sha256()
        for part in self._parts:
            with self._opened(part) as table:
                digest.update(bytes.fromhex(table.sha256()))
        return digest.hexdigest()

    def blocks(self, digest: Digest | None = None) -> Iterator[RowBlock]:
        """The rows of all files in order."""
        first_row = 0
        for number, part in enumerate(self._parts):
            with self._opened(part) as table:
                read_alike(self, table)
                n_rows, n_notes, of_part = 0, len(table.notes), hashlib.sha256()
                for block in table.blocks(None if digest is None else of_part):
                    yield block.among(number, first_row, part.order)
                    n_rows += block.n_rows
                first_row += n_rows
                if digest is not None:
                    digest.update(of_part.digest())
                if not self._counted:
                    self.notes += [f"{table.name}: {note}" for note in table.notes[n_notes:]]
        self._counted = True

    @contextmanager
    def _opened(self, part: Part) -> Iterator[OneTable]:
        with closing(self._open(part.path, self.options)) as table:
            if table.version != part.version:
                raise BadData("the file changed while the table was being read", where=table.name)
            yield table

    def close(self) -> None:
        """No file is open between passes."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()
