"""How a table's text is laid out: its delimiter and its line ends, found out from its beginning.

A delimiter is taken if the header has more than one cell with it; of several, the one by which most records have
as many cells as the header, then the one whose cells are numbers, then the one with most columns.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from emcli.io.read.text.quoting import USUAL, Quoting
from emcli.io.read.text.splitting import Malformed, Marks, split, split_exactly
from emcli.io.read.text.unusual_splitting import Layout

DELIMITERS = ",;\t|"
SAMPLE_RECORDS = 100
SAMPLE_BYTES = 1 << 16
NUMBER_LIKE = re.compile(rb'\s*"?\s*(?:[+-]?[0-9]*[.,]?[0-9]+(?:[eE][+-]?[0-9]+)?)?\s*"?\s*')


@dataclass(frozen=True)
class Dialect:
    """delimiter  between cells
    line_end   as found: "\\n", "\\r\\n" or "\\r"
    header     whether the first record holds the names
    quoting    what quotes mean; padded cells stand between any number of blanks
    """

    delimiter: str
    line_end: str
    header: bool
    quoting: Quoting = USUAL

    @property
    def terminator(self) -> bytes:
        """The last byte of a line end: it counts lines."""
        return self.line_end[-1].encode()

    @property
    def marks(self) -> Marks:
        return marks_of(self.delimiter, self.line_end, self.quoting)


def marks_of(delimiter: str, line_end: str, quoting: Quoting = USUAL) -> Marks:
    """The bytes that separate cells and records."""
    between, terminator = delimiter.encode(), ord(line_end[-1])
    if len(between) == 1 and quoting == USUAL:
        return Marks(between[0], terminator)
    layout = Layout(b"" if quoting.padded else between, quoting.quote.encode(), quoting.escape.encode())
    return Marks(between[-1], terminator, layout)


def find_line_end(sample: bytes) -> str:
    """The first line's end; a carriage return alone counts if there is no line feed outside quotes."""
    bare = re.sub(rb'"[^"]*"', b"", sample)
    if b"\n" in bare:
        return "\r\n" if bare.split(b"\n", 1)[0].endswith(b"\r") else "\n"
    return "\r" if b"\r" in bare else "\n"


def find_delimiter(sample: bytes, line_end: str, decimal: str | None, quoting: Quoting = USUAL) -> str:
    """The delimiter by which the sample makes the most regular table; a comma (or ;) for a single column."""
    candidates = [mark for mark in DELIMITERS if mark != decimal]
    if decimal == "," and not any(_score(sample, marks_of(mark, line_end, quoting))[0] for mark in candidates):
        candidates = [","]  # decimal commas in quotes
    best, best_score = candidates[0], (0.0, 0.0, 0)
    for delimiter in candidates:
        score = _score(sample, marks_of(delimiter, line_end, quoting))
        if score > best_score:
            best, best_score = delimiter, score
    return best


def regularity(sample: bytes, line_end: str) -> tuple[float, float, list[bytes]]:
    """The share of regular records by the best delimiter, that of numbers in them, and the first record's cells."""
    marks = marks_of(find_delimiter(sample, line_end, None), line_end)
    share_regular, share_numeric, _ = _score(sample, marks)
    return share_regular, share_numeric, next(iter(_records(sample, marks)), [])


def _score(sample: bytes, marks: Marks) -> tuple[float, float, int]:
    """Share of regular records, share of their cells that are numbers, number of columns; 0 for one column."""
    rows = _records(sample, marks)
    if not rows or len(rows[0]) < 2:
        return 0.0, 0.0, 0
    width, body = len(rows[0]), rows[1:] or rows
    regular = [row for row in body if len(row) == width]
    cells = [cell for row in regular for cell in row]
    numeric = sum(NUMBER_LIKE.fullmatch(cell) is not None for cell in cells)
    return len(regular) / len(body) or 1e-9, numeric / max(1, len(cells)), width


def _records(sample: bytes, marks: Marks) -> list[list[bytes]]:
    """The first complete records that are not blank."""
    short = _first_lines(sample, bytes([marks.terminator]))
    try:
        found = (split if marks.layout else split_exactly)(short, marks, final=False)
    except Malformed:
        return []
    rows, start, cell = [], 0, 0
    ends = found.ends.tolist()
    for last in found.last.tolist():
        row = []
        for end in ends[cell : last + 1]:
            row.append(short[start:end].rstrip(b"\r"))
            start = end + 1
        cell = last + 1
        if row != [b""]:
            rows.append(row)
    return rows


def _first_lines(sample: bytes, terminator: bytes) -> bytes:
    end = -1
    for _ in range(SAMPLE_RECORDS):
        following = sample.find(terminator, end + 1)
        if following < 0:
            break
        end = following
    return sample[: end + 1]
