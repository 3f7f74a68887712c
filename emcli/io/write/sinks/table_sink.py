"""Write a table as CSV: new tables, or new cells behind records that pass through byte for byte.

A sink writes to a file that somebody else opened and puts in place.  Records come in the input's own bytes,
and the delimiter and line end of the input are kept, so the columns that emcli did not touch stay as they
were.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from emcli.io.write.outputs.file_writer import ByteSink
from emcli.io.write.sinks.cells import arrow_cells, cell_texts, quoted

if TYPE_CHECKING:
    import pyarrow as pa

SMALL = 5000  # rows; below, Python's strings are quicker than loading Arrow
STRETCH = 1 << 16  # rows joined at once: their text stays near the cache


class Style(Protocol):
    """How cells and rows are separated; the dialect of an input table is one."""

    @property
    def delimiter(self) -> str: ...
    @property
    def line_end(self) -> str: ...


class CommaStyle:
    """The style of tables that have no input to resemble."""

    delimiter = ","
    line_end = "\n"


class TableSink:
    """Writes rows to `out`.

    header  column names, or None for a table without a header row
    behind  the input's own header record: `header` then names the new columns only, written after it
    digits  significant digits of floats; None: the shortest text that reads back as the same double
    """

    def __init__(
        self,
        out: ByteSink,
        style: Style | None = None,
        header: Sequence[str] | None = None,
        *,
        behind: bytes | None = None,
        digits: int | None = None,
    ) -> None:
        style = style or CommaStyle()
        self._out = out
        self._delimiter = style.delimiter
        self._line_end = style.line_end
        self._digits = digits
        if header is not None:
            self._write_header(header, behind)

    def write_rows(self, columns: Sequence[Any]) -> None:
        """Write rows given as equally long columns (numpy arrays, lists or Arrow arrays; see `cells`)."""
        n_rows = _common_length(columns)
        if n_rows < SMALL:
            self._write_texts([self._texts(column) for column in columns])
            return
        for rows in _stretches(n_rows):
            cells = [self._arrow(column[rows]) for column in columns]
            self._write_arrow(cells if len(cells) > 1 else [_arrow_visible(cells[0])])

    def append_to_records(self, records: pa.Array | Sequence[bytes], columns: Sequence[Any]) -> None:
        """Write each raw record followed by its new cells; without columns, the records as they are."""
        n_rows = _common_length([records, *columns])
        if isinstance(records, list):
            self._append_texts(records, columns)
            return
        for rows in _stretches(n_rows):
            cells = [self._arrow(column[rows]) for column in columns]
            self._write_arrow([_large(records[rows]), *cells])

    def _write_header(self, names: Sequence[str], behind: bytes | None) -> None:
        cells = [quoted(name, self._delimiter) for name in names]
        if behind is not None:
            cells = [behind.decode("utf-8", "surrogateescape"), *cells]
        elif len(cells) == 1:
            cells = _visible(cells)
        self._out.write(_encoded(self._delimiter.join(cells) + self._line_end))

    def _texts(self, column: Any) -> list[str]:
        return cell_texts(column, self._delimiter, self._digits)

    def _arrow(self, column: Any) -> pa.Array:
        return arrow_cells(column, self._delimiter, self._digits)

    def _write_texts(self, columns: Sequence[list[str]]) -> None:
        if len(columns) == 1:
            columns = [_visible(columns[0])]
        lines = map(self._delimiter.join, zip(*columns, strict=True))
        self._out.write(_encoded("".join([line + self._line_end for line in lines])))

    def _append_texts(self, records: Sequence[bytes], columns: Sequence[Any]) -> None:
        delimiter, line_end = self._delimiter.encode(), self._line_end.encode()
        cells = [[_encoded(text) for text in self._texts(column)] for column in columns]
        lines = map(delimiter.join, zip(records, *cells, strict=True))
        self._out.write(b"".join([line + line_end for line in lines]))

    def _write_arrow(self, columns: Sequence[pa.Array]) -> None:
        import pyarrow.compute as pc

        lines = pc.binary_join_element_wise(*columns, _large_scalar(self._delimiter))
        ended = pc.binary_join_element_wise(lines, _large_scalar(""), _large_scalar(self._line_end))
        self._out.write(_content(ended))


def _visible(cells: list[str]) -> list[str]:
    """The cells of an only column: an empty one needs quotes, or its row would be a blank line."""
    return [cell or '""' for cell in cells]


def _arrow_visible(cells: pa.Array) -> pa.Array:
    import pyarrow.compute as pc

    return pc.if_else(pc.equal(cells, _large_scalar("")), _large_scalar('""'), cells)


def _large(records: pa.Array) -> pa.Array:
    """Records with 64-bit offsets, so that no block of long rows overflows."""
    import pyarrow as pa

    if isinstance(records, pa.ChunkedArray):
        records = records.combine_chunks()
    return records.cast(pa.large_binary())


def _large_scalar(text: str) -> pa.Scalar:
    import pyarrow as pa

    return pa.scalar(text.encode(), pa.large_binary())


def _content(lines: pa.Array) -> memoryview:
    """All bytes of an array of large_binary, in one piece and without a copy."""
    _, offsets, data = lines.buffers()
    bounds = memoryview(offsets).cast("q")
    return memoryview(data)[bounds[lines.offset] : bounds[lines.offset + len(lines)]]


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _common_length(columns: Sequence[Any]) -> int:
    lengths = {len(column) for column in columns}
    if len(lengths) != 1:
        raise ValueError(f"columns of {sorted(lengths)} rows do not make a table")
    return lengths.pop()


def _stretches(n_rows: int) -> Iterator[slice]:
    return (slice(begin, begin + STRETCH) for begin in range(0, n_rows, STRETCH))
