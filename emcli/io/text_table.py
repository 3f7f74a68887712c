"""A text table's rows as a stream of blocks, from a file, a pipe or standard input.

The text is read in pieces of two megabytes, cut into complete records (`splitting`), made regular
(`ragged_rows`) and handed on as blocks whose cells are still text (`row_block`).  Nothing is inferred from a
block: what a cell means depends on the cell and the options alone, so block sizes change no result.

The table can be read any number of times; the first bytes are read when it is opened, to find the encoding, the
compression, the dialect and the header.
"""

from __future__ import annotations

import hashlib
import re
from codecs import BOM_UTF8
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Self

from emcli.errors import BadData
from emcli.io.column_names import check_header, column_labels, generated_names
from emcli.io.column_readers import ColumnReaders, column_readers
from emcli.io.decompression import Digest, RawStream, compression_of, content_pieces
from emcli.io.encodings import utf8_pieces
from emcli.io.printable import printable
from emcli.io.ragged_rows import RaggedRow, regular_rows
from emcli.io.raw_bytes import RawBytes
from emcli.io.read_options import ReadOptions
from emcli.io.record_stream import complete_records, count_byte, line_of, line_shown
from emcli.io.row_block import RowBlock
from emcli.io.table_context import TableContext
from emcli.io.table_head import TableHead, read_head
from emcli.io.text_block import TextBlock, first_rows

if TYPE_CHECKING:
    from emcli.io.left_out_lines import Comments

PLAIN_BYTES = b"0123456789.+-eE\r\n \t"
"""What plain numbers and the lines of a table consist of, except for the delimiter."""

THOUSANDS = re.compile(rb"[0-9] [0-9]|\.[0-9]+\.")
"""What of such bytes is no plain number: 1 234, 1.234.567."""


class TextTable:
    """A table of text; `table_source.TableSource` says what its attributes are."""

    def __init__(self, raw: RawBytes, name: str, options: ReadOptions, block_bytes: int) -> None:
        self.name = printable(name, 4096)
        self.options = options
        self.notes: list[str] = []
        self._raw = raw
        self._block_bytes = block_bytes
        self._comments = None if options.comment is None else _comments(options.comment, options.quoting.quote)
        self._compression = compression_of(raw, self.name)
        self._head = self._read_head()
        self.dialect = self._head.dialect
        self.header_record = self._head.record if options.has_header else None
        self.header = self._head.names if options.has_header else generated_names(len(self._head.names))
        self.labels = column_labels(self.header)
        self.readers = column_readers(options, self.labels)
        if options.header is not True:
            where = f"{self.name}:{self._head.header_line}"
            self.notes += check_header(self._head.names, self.readers.usual, where, is_header=options.has_header)
        self._context = TableContext(self.name, self.header, self.labels, self.dialect, self.readers)
        self._find_notations()
        self._counted = False
        if raw.read_at(0, 6) == 2 * BOM_UTF8:
            self.notes.append("the file begins with two byte order marks, which are no part of its first name")

    def read_as(self, readers: ColumnReaders) -> None:
        """Take cells to mean what these readers say, whatever was found out here."""
        self.readers = readers
        self._context = replace(self._context, readers=readers)

    def _find_notations(self) -> None:
        """Look at the first rows, unless they hold nothing but plain numbers."""
        sample, self._head = self._head.sample, replace(self._head, sample=b"")
        if not sample.translate(None, PLAIN_BYTES + self.dialect.delimiter.encode()) and not THOUSANDS.search(sample):
            return
        from emcli.io.found_notations import notes_about, with_notations

        block = first_rows(sample, self._head.whole, self._context)
        if block is not None:
            found = with_notations(block, range(len(self.header)), self.options.decimal)
            self.read_as(self.readers.with_single(found))
            self.notes += notes_about(self.readers, self.labels)

    def blocks(self, digest: Digest | None = None) -> Iterator[RowBlock]:
        """The rows in file order; a digest is given every byte of the input as it is on disk."""
        counts = [0, 0, 0]
        first_row, line = 0, self._head.body_line
        last: RowBlock | None = None
        marked: int | None = None
        try:
            for text, found in complete_records(self._body(digest), self.dialect, self.name, line):
                try:
                    rows = regular_rows(text, found, len(self.header), self.options.ragged, self.dialect.marks)
                except RaggedRow as row:
                    raise self._ragged(row, text, line) from None
                if marked is None and not text.isascii() and BOM_UTF8 in text:
                    marked = line_of(text, text.index(BOM_UTF8), self.dialect, line)
                block = TextBlock(rows, text, first_row, line, self._context)
                counts = [a + b for a, b in zip(counts, (rows.n_skipped, rows.n_padded, rows.n_blank), strict=True)]
                if block.n_rows:
                    yield block
                    last = block
                first_row += block.n_rows
                line += count_byte(text, self.dialect.terminator)
        except BadData:
            self._raw.check_unchanged()
            raise
        self._raw.check_unchanged()
        if marked is not None and not self._counted:
            self.notes.append(f"a byte order mark stands on line {marked}, as where files are joined with cat")
        self._note(counts, last)

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
        pieces = utf8_pieces(content, self.options.encoding, self.name)
        if self.options.skip_lines:
            from emcli.io.left_out_lines import without_first_lines

            pieces = without_first_lines(pieces, self.options.skip_lines)
        return pieces if self._comments is None else self._comments.taken_out(pieces)

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
        whose = "the header has" if self.options.has_header else "the first row has"
        cells = "1 cell" if row.n_cells == 1 else f"{row.n_cells} cells"
        return BadData(
            f"{cells} where {whose} {wanted}",
            where=f"{self.name}:{line_of(text, row.position, self.dialect, line)}",
            detail=line_shown(text, row.position, self.dialect, line),
            hint=self._ragged_hint(row, line_of(text, row.position, self.dialect, line)),
        )

    def _ragged_hint(self, row: RaggedRow, line: int) -> str:
        from emcli.io.odd_rows import hint_about_line
        from emcli.io.preamble import hint_about_preamble

        above = None if self._counted else hint_about_preamble(self._sample(), self.dialect.line_end)
        if above:
            return above
        if b"\n" in row.raw:
            return "this row holds line breaks in quotes: perhaps a quote is not closed"
        cells = row.raw.decode("utf-8", "replace").split(self.dialect.delimiter)
        if row.n_cells * 2 <= len(self.header) and not any(map(self.readers.usual.is_number, cells)):
            return hint_about_line(line, cells[0].strip())
        if row.can_pad:
            what = "fill it up with missing cells" if row.n_cells < len(self.header) else "cut the empty cells off"
            return f"leave such rows out with --ragged skip, or {what} with --ragged pad"
        return "leave such rows out with --ragged skip"

    def _sample(self) -> bytes:
        """The beginning of the text."""
        return next(self._pieces(1 << 16), b"")

    def _note(self, counts: Sequence[int], last: RowBlock | None) -> None:
        if self._counted:
            return
        self._counted = True
        n_skipped, n_padded, n_blank = counts
        if last is not None and last.text(last.n_rows - 1, 0)[:1].isalpha():
            from emcli.io.odd_rows import note_about_sum

            self.notes += note_about_sum(last)
        if n_skipped:
            self.notes.append(f"{n_skipped} rows with too few or too many cells were left out (--ragged skip)")
        if n_padded:
            self.notes.append(f"{n_padded} rows with too few or too many cells were fitted (--ragged pad)")
        if self._comments is not None and self._comments.n_lines:
            self.notes.append(f"{self._comments.n_lines} comment lines ({self.options.comment}) are not rows")
        elif n_blank and len(self.header) == 1:
            self.notes.append(f'{n_blank} blank lines are not rows; a missing cell of a single column is written as ""')


def _comments(mark: str, quote: str) -> Comments:
    from emcli.io.left_out_lines import Comments

    return Comments(mark, quote.encode())
