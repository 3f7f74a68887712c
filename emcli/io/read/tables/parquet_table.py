"""A Parquet file as a stream of blocks, row group by row group.

Only a few thousand rows are decoded at a time, whatever the size of the file and of its row groups.  Values come with
their types: numbers as they are, texts as in a table of text.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self

from emcli.errors import BadData, EmcliError
from emcli.io.printable import printable
from emcli.io.read.bytes.decompression import Digest, RawStream
from emcli.io.read.bytes.raw_bytes import RawBytes
from emcli.io.read.columns.column_names import column_labels
from emcli.io.read.notations.column_readers import ColumnReaders, column_readers
from emcli.io.read.notations.found_notations import notes_about, with_notations
from emcli.io.read.tables.arrow_block import ArrowBlock
from emcli.io.read.tables.read_options import ReadOptions
from emcli.io.read.tables.table_context import TableContext
from emcli.io.read.text.dialect import Dialect
from emcli.io.write.sinks.cells import quoted

if TYPE_CHECKING:
    import pyarrow.parquet as pq

MOST_ROWS = 1 << 16  # decoded at once
MOST_CELLS = 1 << 20
TEXTS = ("string", "large_string", "dictionary<values=string, indices=int32, ordered=0>")
SAMPLE_ROWS = 1000  # in which notations are looked for
READ_AHEAD = 1 << 20  # bytes of each column


class Seekable(io.RawIOBase):
    """An input's bytes as a file that can be read from any place."""

    def __init__(self, raw: RawBytes) -> None:
        self._raw = raw
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._raw.size() if whence == io.SEEK_END else 0}
        self._at = start[whence] + offset
        return self._at

    def read(self, size: int = -1) -> bytes:
        piece = self._raw.read_at(self._at, self._raw.size() - self._at if size < 0 else size)
        self._at += len(piece)
        return piece


class ParquetTable:
    """A table in a Parquet file; `table_source.TableSource` says what its attributes are."""

    def __init__(self, raw: RawBytes, name: str, options: ReadOptions) -> None:
        self.name = printable(name, 4096)
        self.options = options
        self.notes: list[str] = []
        self._raw = raw
        self.dialect = Dialect(",", "\n", header=True)
        with self._understood():
            self._file = self._open()
            self.header = tuple(self._file.schema_arrow.names)
        if not self.header:
            raise BadData("has no columns", where=self.name)
        self.labels = column_labels(self.header)
        self.readers = column_readers(replace(options, decimal=".", quote='"', escape=None), self.labels)
        self.header_record: bytes | None = ",".join(quoted(name, ",") for name in self.header).encode()
        self._context = TableContext(self.name, self.header, self.labels, self.dialect, self.readers)

        self._find_notations()

    def read_as(self, readers: ColumnReaders) -> None:
        """Take cells to mean what these readers say, whatever was found out here."""
        self.readers = readers
        self._context = replace(self._context, readers=readers)

    def _find_notations(self) -> None:
        """Look at the first texts."""
        with self._understood():
            kinds = [str(field.type) for field in self._file.schema_arrow]
            texts = [place for place, kind in enumerate(kinds) if kind in TEXTS]
            batch = next(self._file.iter_batches(SAMPLE_ROWS, use_threads=False), None) if texts else None
        if batch is not None and batch.num_rows:
            found = with_notations(ArrowBlock(batch, 0, self._context), texts, None)
            self.read_as(self.readers.with_single(found))
            self.notes += notes_about(self.readers, self.labels)

    def blocks(self, digest: Digest | None = None) -> Iterator[ArrowBlock]:
        """The rows in file order."""
        first_row = 0
        n_rows = max(1, min(MOST_ROWS, MOST_CELLS // len(self.header)))
        batches = self._open().iter_batches(n_rows, use_threads=False)
        while True:
            with self._understood():
                batch = next(batches, None)
            if batch is None:
                break
            if batch.num_rows:
                yield ArrowBlock(batch, first_row, self._context)
            first_row += batch.num_rows
        if digest is not None:
            self.add_to(digest)
        self._raw.check_unchanged()

    def sha256(self) -> str:
        """The digest of the input's bytes."""
        digest = hashlib.sha256()
        self.add_to(digest)
        return digest.hexdigest()

    def add_to(self, digest: Digest) -> None:
        """Give a digest the bytes of the file."""
        stream = RawStream(self._raw, digest)
        while stream.take(READ_AHEAD):
            pass

    @property
    def version(self) -> object:
        """What changes when the file does."""
        return self._raw.version

    def close(self) -> None:
        self._raw.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _open(self) -> pq.ParquetFile:
        import pyarrow as pa
        import pyarrow.parquet as pq

        source: Any = pa.PythonFile(Seekable(self._raw), mode="r")
        return pq.ParquetFile(source, buffer_size=READ_AHEAD, pre_buffer=False)

    @contextmanager
    def _understood(self) -> Iterator[None]:
        """BadData where Arrow finds that the file is damaged."""
        try:
            yield
        except EmcliError:
            raise
        except (OSError, ValueError, NotImplementedError) as problem:  # Arrow's errors are among them
            self._raw.check_unchanged()
            reason = printable(str(problem).splitlines()[0] if str(problem) else type(problem).__name__, 200)
            raise BadData("the Parquet data are damaged or cut short", where=self.name, detail=reason) from None
