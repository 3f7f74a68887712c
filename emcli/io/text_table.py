"""A text table's rows as a stream of blocks, from a file, a pipe or standard input.

The text is read in pieces of two megabytes, cut into complete records (`splitting`), made regular
(`ragged_rows`) and handed on as blocks whose cells are still text (`row_block`).  Nothing is inferred from a
block: what a cell means depends on the cell and the options alone, so block sizes change no result.

The table can be read any number of times; the first bytes are read when it is opened, to find the encoding, the
compression, the dialect and the header.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Self

from emcli.errors import BadData
from emcli.io.column_names import check_header, column_labels, generated_names
from emcli.io.decompression import Digest, RawStream, compression_of, content_pieces
from emcli.io.encodings import utf8_pieces
from emcli.io.number_cells import CellReader
from emcli.io.printable import printable
from emcli.io.ragged_rows import RaggedRow, regular_rows
from emcli.io.raw_bytes import RawBytes
from emcli.io.read_options import ReadOptions
from emcli.io.record_stream import complete_records, count_byte, line_of, line_shown
from emcli.io.row_block import RowBlock
from emcli.io.table_head import TableHead, read_head
from emcli.io.text_block import TableContext, TextBlock


class TextTable:
    """A table of text; `table_source.TableSource` says what its attributes are."""

    def __init__(self, raw: RawBytes, name: str, options: ReadOptions, block_bytes: int) -> None:
        self.name = printable(name, 4096)
        self.options = options
        self.notes: list[str] = []
        self._raw = raw
        self._block_bytes = block_bytes
        self._compression = compression_of(raw, self.name)
        self._head = self._read_head()
        self.dialect = self._head.dialect
        self.header_record = self._head.record if options.header else None
        self.header = self._head.names if options.header else generated_names(len(self._head.names))
        self.labels = column_labels(self.header)
        reader = CellReader(options.null, options.decimal)
        if options.header:
            self.notes += check_header(self.header, reader, f"{self.name}:{self._head.header_line}")
        self.cell_reader = reader
        self._context = TableContext(self.name, self.header, self.labels, self.dialect, reader)
        self._counted = False

    def blocks(self, digest: Digest | None = None) -> Iterator[RowBlock]:
        """The rows in file order; a digest is given every byte of the input as it is on disk."""
        counts = [0, 0, 0]
        first_row, line = 0, self._head.body_line
        try:
            for text, found in complete_records(self._body(digest), self.dialect, self.name, line):
                try:
                    rows = regular_rows(text, found, len(self.header), self.options.ragged, self.dialect.marks)
                except RaggedRow as row:
                    raise self._ragged(row, text, line) from None
                block = TextBlock(rows, text, first_row, line, self._context)
                counts = [a + b for a, b in zip(counts, (rows.n_skipped, rows.n_padded, rows.n_blank), strict=True)]
                if block.n_rows:
                    yield block
                first_row += block.n_rows
                line += count_byte(text, self.dialect.terminator)
        except BadData:
            self._raw.check_unchanged()
            raise
        self._raw.check_unchanged()
        self._note(*counts)

    def sha256(self) -> str:
        """The digest of the input's bytes."""
        digest = hashlib.sha256()
        self.add_to(digest)
        return digest.hexdigest()

    def add_to(self, digest: Digest) -> None:
        """Give a digest the bytes of the file."""
        stream = RawStream(self._raw, digest)
        while stream.take(self._block_bytes):
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

    def _pieces(self, size: int, digest: Digest | None = None) -> Iterator[bytes]:
        content = content_pieces(self._raw, self.name, self._compression, size, digest)
        return utf8_pieces(content, self.options.encoding, self.name)

    def _read_head(self) -> TableHead:
        return read_head(self._pieces(1 << 16), self.options, self.name)

    def _body(self, digest: Digest | None) -> Iterator[bytes]:
        """The text behind the header."""
        skip = self._head.body_offset
        for piece in self._pieces(self._block_bytes, digest):
            if skip >= len(piece):
                skip -= len(piece)
                continue
            yield piece[skip:] if skip else piece
            skip = 0

    def _ragged(self, row: RaggedRow, text: bytes, line: int) -> BadData:
        wanted = len(self.header)
        whose = "the header has" if self.options.header else "the first row has"
        cells = "1 cell" if row.n_cells == 1 else f"{row.n_cells} cells"
        return BadData(
            f"{cells} where {whose} {wanted}",
            where=f"{self.name}:{line_of(text, row.position, self.dialect, line)}",
            detail=line_shown(text, row.position, self.dialect, line),
            hint=self._ragged_hint(row),
        )

    def _ragged_hint(self, row: RaggedRow) -> str:
        if self.header[0].startswith("#"):
            return "the header begins with '#': comment lines above it are not read, remove them"
        if b"\n" in row.raw:
            return "this row holds line breaks in quotes: perhaps a quote is not closed"
        if row.can_pad:
            what = "fill it up with missing cells" if row.n_cells < len(self.header) else "cut the empty cells off"
            return f"leave such rows out with --ragged skip, or {what} with --ragged pad"
        return "leave such rows out with --ragged skip"

    def _note(self, n_skipped: int, n_padded: int, n_blank: int) -> None:
        if self._counted:
            return
        self._counted = True
        if n_skipped:
            self.notes.append(f"{n_skipped} rows with too few or too many cells were left out (--ragged skip)")
        if n_padded:
            self.notes.append(f"{n_padded} rows with too few or too many cells were fitted (--ragged pad)")
        if n_blank and len(self.header) == 1:
            self.notes.append(f'{n_blank} blank lines are not rows; a missing cell of a single column is written as ""')
