"""The beginning of a table: its dialect and its first record.

Enough text is read to see a complete record, at least 64 kB or all there is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from emcli.errors import BadData
from emcli.io.read.tables.read_options import ReadOptions
from emcli.io.read.text.dialect import SAMPLE_BYTES, Dialect, find_delimiter, find_line_end
from emcli.io.read.text.number_cells import BLANKS
from emcli.io.read.text.quoting import Quoting
from emcli.io.read.text.record_stream import LONGEST_RECORD, malformed, unreadable
from emcli.io.read.text.splitting import Malformed, first_record

JSON = re.compile(rb'(?:\[\s*)?\{\s*"[^"\n]*"\s*:')
EXCEL_SEPARATOR = re.compile(rb'"?sep=([^\n\r])"?[,;\t]*\r?\n', re.IGNORECASE)  # Excel's way to name the delimiter


@dataclass(frozen=True)
class TableHead:
    """dialect       found or given
    record       the first record's bytes
    names        its cells' texts
    header_line  the line on which it stands
    body_offset  bytes of UTF-8 text before the first data row
    body_line    the line on which that begins
    sample       the text that follows, as far as it was read
    whole        whether that is all of it
    """

    dialect: Dialect
    record: bytes
    names: tuple[str, ...]
    header_line: int
    body_offset: int
    body_line: int
    sample: bytes = b""
    whole: bool = False


def read_head(pieces: Iterator[bytes], options: ReadOptions, name: str) -> TableHead:
    """The head of a table; BadData if there is none."""
    sample, enough, whole = b"", SAMPLE_BYTES, False
    while not whole:
        while len(sample) < enough and not whole:
            piece = next(pieces, None)
            whole = piece is None
            sample += piece or b""
        head = _head(sample, whole, options, name)
        if head is not None:
            return replace(head, sample=sample[head.body_offset :], whole=whole)
        if len(sample) > LONGEST_RECORD:
            raise BadData(f"no line ends within {LONGEST_RECORD >> 20} MB: this is not a table", where=name)
        enough = 2 * len(sample)
    hint = (
        f"are all its lines left out by --skip-lines {options.skip_lines}?" if options.skip_lines and sample else None
    )
    raise BadData("is empty: no header and no rows", where=name, hint=hint)


def _refuse_json(sample: bytes, name: str) -> None:
    """BadData if a text is JSON: its braces would make a strange table."""
    found = JSON.match(sample)
    if found is not None:
        what, option = ("JSON", "--ijson") if found[0].startswith(b"[") else ("JSON lines", "--ijsonl")
        hint = f"convert it first, for example with mlr {option} --ocsv cat"
        raise BadData(f"is {what}, not a table of text", where=name, hint=hint)


def _head(sample: bytes, whole: bool, options: ReadOptions, name: str) -> TableHead | None:
    """The head, if the sample holds its first record to the end."""
    _refuse_json(sample, name)
    line_end = find_line_end(sample if whole else sample.removesuffix(b"\r"))
    separator = EXCEL_SEPARATOR.match(sample)
    before = separator.end() if separator else 0
    text = sample[before:]
    if whole and text and not text.endswith(line_end[-1].encode()):
        text += line_end[-1].encode()
    delimiter = options.delimiter or (separator and separator[1].decode("latin-1"))
    quoting = options.quoting
    if quoting.padded:
        delimiter = " "
    delimiter = delimiter or find_delimiter(text, line_end, options.decimal, quoting)
    dialect = Dialect(delimiter, line_end, options.has_header, quoting)
    return _first_record(text, dialect, sample[:before], whole, name)


def _first_record(text: bytes, dialect: Dialect, skipped: bytes, whole: bool, name: str) -> TableHead | None:
    """The head in a text that follows what was `skipped`."""
    n_blank = len(text) - len(text.lstrip(b"\r\n"))
    before, text = skipped + text[:n_blank], text[n_blank:]
    line = 1 + before.count(dialect.terminator)
    try:
        ends = first_record(text, dialect.marks, whole)
    except Malformed as problem:
        raise malformed(problem, text, dialect, name, line) from None
    if not ends:
        return None
    record_line = text[: ends[-1] + 1]
    unread = unreadable(record_line, dialect, name, line)
    if unread:
        raise unread[1]
    record = record_line[:-1].removesuffix(b"\r")
    before_body = before + record_line if dialect.header else before
    names = _cells(record, ends, dialect)
    n_lines = before_body.count(dialect.terminator)
    return TableHead(dialect, record, names, line, len(before_body), 1 + n_lines)


def _cells(record: bytes, ends: list[int], dialect: Dialect) -> tuple[str, ...]:
    """The names of a header, without blanks around those that are not quoted."""
    starts = [0, *(end + 1 for end in ends[:-1])]
    width = len(dialect.delimiter.encode()) - 1
    cells = [record[start : end - width] for start, end in zip(starts, ends[:-1], strict=False)]
    cells.append(record[starts[-1] :])
    return tuple(_name(cell, dialect.quoting) for cell in cells)


def _name(cell: bytes, quoting: Quoting) -> str:
    name = quoting.content(cell).decode("utf-8")
    return name if quoting.quote and quoting.quote.encode() in cell else name.strip(BLANKS)
