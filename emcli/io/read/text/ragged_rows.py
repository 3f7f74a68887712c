"""Rows made regular: every record has as many cells as the header.

Blank lines are no rows.  A row with too few or too many cells is an error, or is left out, or is filled up with
empty cells at its end, as the user says; filling up also cuts surplus cells off if they are empty.  Only a block
that holds such rows is rewritten; the places of its rows in the original text are kept for messages.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from emcli.data.rows import BoolArray, IntArray
from emcli.io.read.text.splitting import CARRIAGE_RETURN, Marks, Split, split
from emcli.io.read.text.unusual_splitting import trimmed


class RaggedRow(Exception):
    """A row whose number of cells is wrong."""

    def __init__(self, position: int, n_cells: int, raw: bytes, can_pad: bool) -> None:
        super().__init__(n_cells)
        self.position = position
        self.n_cells = n_cells
        self.raw = raw
        self.can_pad = can_pad


@dataclass(frozen=True)
class RegularRows:
    """text       the records, all with the same number of cells
    starts, ends  (n, d) bounds of each cell in `text`; line ends excluded
    origins       (n,) where each record began before the text was rewritten; None if it was not
    """

    text: bytes
    starts: IntArray
    ends: IntArray
    origins: IntArray | None
    n_skipped: int = 0
    n_padded: int = 0
    n_blank: int = 0


@dataclass(frozen=True)
class _Shape:
    """What a row has to look like, and what happens to one that does not."""

    n_columns: int
    policy: str
    marks: Marks


def reordered(rows: RegularRows, order: IntArray, delimiter: bytes) -> RegularRows:
    """The rows with their columns in another order; each record is written anew."""
    starts, ends = rows.starts[:, order].ravel(), rows.ends[:, order].ravel()
    cells = [rows.text[start:end] for start, end in zip(starts.tolist(), ends.tolist(), strict=True)]
    behind = np.cumsum(ends - starts + len(delimiter))
    there = (behind - len(delimiter)).reshape(rows.ends.shape)
    here = there - (ends - starts).reshape(rows.ends.shape)
    origins = rows.starts[:, 0] if rows.origins is None else rows.origins
    return replace(rows, text=delimiter.join([*cells, b""]), starts=here, ends=there, origins=origins)


def regular_rows(text: bytes, found: Split, n_columns: int, policy: str, marks: Marks) -> RegularRows:
    """The rows of a block of complete records; RaggedRow if one does not fit and the policy is "error"."""
    shape = _Shape(n_columns, policy, marks)
    if _irregular(text, found, shape).any():
        return _rewritten(text, found, shape)
    return RegularRows(text, *_cells(text, found, n_columns, marks), None)


def _row_bounds(text: bytes, found: Split, marks: Marks) -> tuple[IntArray, IntArray]:
    """Begin and end of each record without its line end."""
    stops = found.ends[found.last]
    starts = np.zeros_like(stops)
    starts[1:] = stops[:-1] + 1
    return starts, stops - _has_carriage_return(text, starts, stops, marks)


def _has_carriage_return(text: bytes, starts: IntArray, stops: IntArray, marks: Marks) -> BoolArray:
    if marks.terminator == CARRIAGE_RETURN or b"\r" not in text:
        return np.zeros(stops.shape, dtype=bool)
    codes = np.frombuffer(text, np.uint8)
    found: BoolArray = (stops > starts) & (codes[stops - 1] == CARRIAGE_RETURN)
    return found


def _cells(text: bytes, found: Split, n_columns: int, marks: Marks) -> tuple[IntArray, IntArray]:
    ends = found.ends.copy()
    starts = np.zeros_like(ends)
    starts[1:] = ends[:-1] + 1
    starts, ends = starts.reshape(-1, n_columns), ends.reshape(-1, n_columns)
    ends[:, -1] -= _has_carriage_return(text, starts[:, -1], ends[:, -1], marks)
    if marks.layout is None:
        return starts, ends
    ends[:, :-1] -= max(0, len(marks.layout.delimiter) - 1)
    return (starts, ends) if marks.layout.delimiter else trimmed(np.frombuffer(text, np.uint8), starts, ends)


def _rewritten(text: bytes, found: Split, shape: _Shape) -> RegularRows:
    """The rows with those that do not fit taken out or fitted, and the rest copied in long stretches."""
    marks, n_columns = shape.marks, shape.n_columns
    starts, stops = _row_bounds(text, found, marks)
    line_stops = found.ends[found.last] + 1
    first_cells = np.concatenate([[0], found.last[:-1] + 1])
    kept = np.ones(starts.size, dtype=bool)
    pieces: list[bytes] = []
    copied = n_blank = n_skipped = n_padded = 0
    for row in np.flatnonzero(_irregular(text, found, shape)).tolist():
        start = int(starts[row])
        raw, ends = text[start : int(stops[row])], found.ends[first_cells[row] : found.last[row] + 1] - start
        pieces.append(text[copied:start])
        copied = int(line_stops[row])
        if _is_blank(raw, ends.size, n_columns):
            kept[row] = False
            n_blank += 1
            continue
        fitted = _fitted(raw, ends, n_columns, marks)
        if shape.policy == "error" or (shape.policy == "pad" and fitted is None):
            raise RaggedRow(start, ends.size, raw, fitted is not None)
        if shape.policy == "pad" and fitted is not None:
            pieces.append(fitted + bytes([marks.terminator]))
            n_padded += 1
        else:
            kept[row] = False
            n_skipped += 1
    pieces.append(text[copied:])
    joined = b"".join(pieces)
    cells = _cells(joined, split(joined, marks, final=True), n_columns, marks)
    return RegularRows(joined, *cells, starts[kept], n_skipped, n_padded, n_blank)


def _irregular(text: bytes, found: Split, shape: _Shape) -> BoolArray:
    """Whether a row has another number of cells, or in a table of one column none."""
    odd: BoolArray = np.diff(found.last, prepend=-1) != shape.n_columns
    if shape.n_columns == 1:
        starts, stops = _row_bounds(text, found, shape.marks)
        odd |= stops == starts
    return odd


def _is_blank(raw: bytes, n_cells: int, n_columns: int) -> bool:
    """An empty line, or in a table of several columns one of blanks only."""
    return n_cells == 1 and not (raw.strip(b" \t") if n_columns > 1 else raw)


def _fitted(raw: bytes, ends: IntArray, n_columns: int, marks: Marks) -> bytes | None:
    """The record with empty cells added or empty surplus cells cut off; None if surplus cells hold something."""
    delimiter = (marks.layout and marks.layout.delimiter) or bytes([marks.delimiter])
    if ends.size < n_columns:
        return raw + (delimiter + _empty(marks)) * (n_columns - ends.size)
    cut = int(ends[n_columns - 1]) - len(delimiter) + 1
    return None if raw[cut:].replace(delimiter, b"").strip(b' \t"') else raw[:cut]


def _empty(marks: Marks) -> bytes:
    """How an empty cell is written: where any number of blanks separates cells, nothing would be none."""
    if marks.layout is None or marks.layout.delimiter:
        return b""
    return marks.layout.quote * 2 or b"NA"
