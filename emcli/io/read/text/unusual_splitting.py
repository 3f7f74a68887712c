"""Where cells and records end in text that is laid out in an unusual way.

Delimiters of several characters, runs of blanks between cells, other quotes or none, escapes: what `splitting` does for
the usual text, cell by cell.  An end is the last byte of what separates two cells, so that the next cell begins behind
it; `cell_ends` says where the cells before end.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from emcli.data.rows import IntArray

BLANKS = (32, 9)
CARRIAGE_RETURN = 13
CUT = (b"", b"\r")  # behind these a line end may still come


@dataclass(frozen=True)
class Layout:
    """delimiter  between cells; empty: any number of blanks
    quote, escape   one character each, or nothing
    """

    delimiter: bytes
    quote: bytes
    escape: bytes

    def pattern(self, terminator: bytes) -> re.Pattern[bytes]:
        """One cell (group `cell`) with what separates it from the next (group `end` or `stop`)."""
        return re.compile(self._cell(terminator) + self._separator(terminator))

    def cell(self, terminator: bytes) -> re.Pattern[bytes]:
        """One cell alone."""
        return re.compile(self._cell(terminator))

    def _cell(self, terminator: bytes) -> bytes:
        escaped = rb"%s(?:\r\n|[\s\S])" % re.escape(self.escape) if self.escape else b""
        none_of = b"".join(map(re.escape, (terminator, self.escape)))
        if not self.delimiter:
            plain = rb"[^ \t\r" + none_of + b"]"
        elif len(self.delimiter) == 1:
            plain = b"[^" + none_of + re.escape(self.delimiter) + b"]"
        else:
            plain = rb"(?!%s)[^%s]" % (re.escape(self.delimiter), none_of)
        unquoted = rb"(?:%s)*+" % b"|".join(filter(None, (plain, escaped)))
        if not self.quote:
            return self._blanks + unquoted
        quote = re.escape(self.quote)
        inside = b"|".join(filter(None, (b"[^" + quote + re.escape(self.escape) + b"]", quote + quote, escaped)))
        quoted = rb"%s(?:%s)*+%s" % (quote, inside, quote)
        return self._blanks + rb"(?:(?P<quoted>%s)|(?!%s)%s)" % (quoted, quote, unquoted)

    @property
    def _blanks(self) -> bytes:
        return b"" if self.delimiter else rb"[ \t]*+"

    def _separator(self, terminator: bytes) -> bytes:
        line_end = re.escape(terminator) if terminator == b"\r" else rb"\r?\n"
        if not self.delimiter:
            return rb"(?:[ \t]*+(?P<stop>%s)|(?P<end>[ \t]++))" % line_end
        return rb"(?:(?P<stop>%s)|(?P<end>%s))" % (line_end, re.escape(self.delimiter))


class Broken(Exception):
    """A cell at this position that is no cell: whose quote is never closed, or has text behind it, or neither."""

    def __init__(self, position: int, *, quoted: bool, unclosed: bool) -> None:
        super().__init__(position)
        self.position, self.quoted, self.unclosed = position, quoted, unclosed
        self.ends: list[int] = []
        self.last: list[int] = []


def split_cells(text: bytes, layout: Layout, terminator: bytes, final: bool) -> tuple[list[int], list[int]]:
    """The ends of the cells of all complete records, and which of them end a record; Broken where text is no cell."""
    match = layout.pattern(terminator).match
    ends: list[int] = []
    last: list[int] = []
    position = 0
    while position < len(text):
        found = match(text, position)
        if found is not None and found["stop"] is None and not final and text[found.end() : found.end() + 2] in CUT:
            break
        if found is None:
            broken = _broken(text, position, layout, terminator, final)
            if broken is None:
                break
            broken.ends, broken.last = _complete(ends, last)
            raise broken
        position = found.end()
        ends.append(position - 1)
        if found["stop"] is not None:
            last.append(len(ends) - 1)
    return _complete(ends, last)


def _complete(ends: list[int], last: list[int]) -> tuple[list[int], list[int]]:
    return ends[: last[-1] + 1 if last else 0], last


def _broken(text: bytes, position: int, layout: Layout, terminator: bytes, final: bool) -> Broken | None:
    """What is wrong with the cell that begins here; None if more text may mend it."""
    begins = position if layout.delimiter else position + len(text[position:]) - len(text[position:].lstrip(b" \t"))
    quoted = bool(layout.quote) and text.startswith(layout.quote, begins)
    cell = layout.cell(terminator).match(text, position)
    rest = b"" if cell is None else text[cell.end() :]
    if not final and (rest in (*CUT, layout.escape) or layout.delimiter.startswith(rest)):
        return None
    return Broken(position, quoted=quoted, unclosed=quoted and (cell is None or not rest))


def split_blanks(text: bytes, terminator: int) -> tuple[IntArray, IntArray]:
    """The same for runs of blanks in text without quotes, at once."""
    codes = np.frombuffer(text, np.uint8)
    ends_line = codes == terminator
    blank = (codes == BLANKS[0]) | (codes == BLANKS[1])
    if terminator != CARRIAGE_RETURN:
        blank |= codes == CARRIAGE_RETURN
    between = blank | ends_line
    begins = ~between
    begins[1:] &= between[:-1]
    starts = np.flatnonzero(begins)
    stops = np.flatnonzero(ends_line)
    line = np.searchsorted(stops, starts)
    follows = np.diff(line, prepend=-1) == 0
    consumed = int(stops[-1]) + 1 if stops.size else 0
    inner = starts[follows] - 1
    ends = np.sort(np.concatenate([inner[inner < consumed], stops]))
    return ends, np.searchsorted(ends, stops)


def trimmed(codes: np.ndarray, starts: IntArray, ends: IntArray) -> tuple[IntArray, IntArray]:
    """Bounds (n, d) of cells without the blanks around them, except at the borders of a record."""
    starts, ends = starts.copy(), ends.copy()
    inner = ends[:, :-1]
    while True:
        blank = (inner > starts[:, :-1]) & np.isin(codes.take(inner - 1, mode="clip"), BLANKS)
        if not blank.any():
            return starts, ends
        inner -= blank
