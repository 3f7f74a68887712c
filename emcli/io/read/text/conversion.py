"""Many cells' texts to doubles at once.

Cells that begin like a number go to Arrow's parser (correctly rounded) in one stroke: numpy copies their bytes,
without the separators between, into an Arrow array.  Whatever begins differently, is a missing mark, is refused
by Arrow or is not finite is given to `CellReader`, cell by cell.  Few cells go there all together, because
loading Arrow (0.09 s) would cost more.  Either way the doubles are the same; a test holds them together.

Cells are given by positions in a text: [starts[i], ends[i]).
"""

from __future__ import annotations

from dataclasses import dataclass
from string import ascii_letters
from typing import TYPE_CHECKING

import numpy as np

from emcli.data.rows import BoolArray, FloatArray, IntArray
from emcli.io.read.text.number_cells import CellReader

if TYPE_CHECKING:
    import pyarrow as pa

FEW_CELLS = 50_000  # 20 ms in plain Python
# Arrow accepts exactly our numbers and, with these beginnings, ±inf and ±nan, which are caught as not finite.
NUMBER_STARTS = b"0123456789.+-"
NUMBER_PATTERN = r"^[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$"
POINT_FOR_COMMA = bytes.maketrans(b",.", b".x")  # where the comma is the decimal mark, a point is no part of a number
QUOTE, EMPTY = ord('"'), 0


def _members(characters: bytes) -> BoolArray:
    """(256,) whether a byte is one of these."""
    table = np.zeros(256, dtype=bool)
    table[list(characters)] = True
    return table


_NUMBER_START = _members(NUMBER_STARTS)
_BLANK = _members(b" \t")
_LETTER = _members(ascii_letters.encode())


@dataclass(frozen=True)
class Converted:
    """values  (n,) NaN where there is no number
    bad     positions, ascending, of the cells that are neither numbers nor missing
    """

    values: FloatArray
    bad: IntArray


def convert(text: bytes, starts: IntArray, ends: IntArray, reader: CellReader) -> Converted:
    """The numbers in the given cells, which follow each other in the text."""
    if starts.size < FEW_CELLS or reader.one_by_one:
        return _one_by_one(text, starts, ends, reader)
    return _together(text, starts, ends, reader)


def _one_by_one(text: bytes, starts: IntArray, ends: IntArray, reader: CellReader) -> Converted:
    value = reader.value
    found = [value(text[start:end]) for start, end in zip(starts.tolist(), ends.tolist(), strict=True)]
    values = np.array(found, dtype=np.float64)  # None becomes NaN
    missing = np.flatnonzero(np.isnan(values))
    bad = [i for i in missing.tolist() if found[i] is None]
    return Converted(values, np.array(bad, dtype=np.intp))


@dataclass(frozen=True)
class _Cores:
    """Cells without their quotes and blanks: bounds, first and last byte (0 if nothing is left)."""

    starts: IntArray
    ends: IntArray
    first: np.ndarray
    last: np.ndarray


def _together(text: bytes, starts: IntArray, ends: IntArray, reader: CellReader) -> Converted:
    codes = np.frombuffer(text, np.uint8)
    cores = _cores(codes, starts, ends)
    usual = _like_numbers(cores, reader)
    if usual.all():
        values = _cast(codes, cores.starts, cores.ends, reader)
    else:
        values = np.full(starts.size, np.nan)
        values[usual] = _cast(codes, cores.starts[usual], cores.ends[usual], reader)
    odd = np.flatnonzero(~np.isfinite(values))
    if odd.size == 0:
        return Converted(values, odd)
    odd, bad = _surely_text(odd, cores, reader)
    found = _one_by_one(text, starts[odd], ends[odd], reader)
    values = values if values.flags.writeable else values.copy()
    values[odd] = found.values
    return Converted(values, np.sort(np.concatenate([bad, odd[found.bad]])))


def _like_numbers(cores: _Cores, reader: CellReader) -> BoolArray:
    """Whether a cell begins like a number and is not as long as a missing mark that does so too: -999 or a point."""
    usual: BoolArray = _NUMBER_START.take(cores.first)
    for mark in reader.null:
        if mark and mark[0].encode() in NUMBER_STARTS:
            usual &= (cores.ends - cores.starts != len(mark.encode())) | (cores.first != ord(mark[0]))
    return usual


def _cores(codes: np.ndarray, starts: IntArray, ends: IntArray) -> _Cores:
    first, last = _outer(codes, starts, ends)
    quoted = (first == QUOTE) & (last == QUOTE) & (ends - starts > 1)
    if quoted.any():
        starts, ends = starts + quoted, ends - quoted
        first, last = _outer(codes, starts, ends)
    while (_BLANK.take(first) | _BLANK.take(last)).any():
        starts = starts + _BLANK.take(first)
        ends = np.maximum(starts, ends - _BLANK.take(last))
        first, last = _outer(codes, starts, ends)
    return _Cores(starts, ends, first, last)


def _outer(codes: np.ndarray, starts: IntArray, ends: IntArray) -> tuple[np.ndarray, np.ndarray]:
    first, last = codes.take(starts, mode="clip"), codes.take(ends - 1, mode="clip")
    empty = ends <= starts
    if empty.any():
        first[empty] = EMPTY
        last[empty] = EMPTY
    return first, last


def _cast(codes: np.ndarray, starts: IntArray, ends: IntArray, reader: CellReader) -> FloatArray:
    """Arrow's doubles for these cells; NaN where it finds no number."""
    import pyarrow as pa

    if starts.size == 0:
        return np.empty(0)
    cells = gathered(codes, starts, ends)
    if reader.decimal == ",":
        _, offsets, data = cells.buffers()
        points = pa.py_buffer(data.to_pybytes().translate(POINT_FOR_COMMA))
        cells = pa.Array.from_buffers(pa.large_string(), len(cells), [None, offsets, points])
    try:
        return doubles(cells.cast(pa.float64()))
    except pa.ArrowInvalid:
        return _cast_some(cells)


def _cast_some(cells: pa.Array) -> FloatArray:
    import pyarrow as pa
    import pyarrow.compute as pc

    good = pc.match_substring_regex(cells, NUMBER_PATTERN)
    kept = pc.if_else(good, cells, pa.scalar(None, pa.large_string()))
    try:
        return doubles(pc.fill_null(kept.cast(pa.float64()), np.nan))
    except pa.ArrowInvalid:  # an Arrow that refuses something of ours, as older ones do a plus sign
        return np.full(len(cells), np.nan)


def doubles(numbers: pa.Array) -> FloatArray:
    """The array's own memory; its to_numpy() would load pandas."""
    return np.frombuffer(numbers.buffers()[1], np.float64, len(numbers), numbers.offset * 8)


def gathered(codes: np.ndarray, starts: IntArray, ends: IntArray) -> pa.Array:
    """The texts between ascending, disjoint bounds as an Arrow array of large_string."""
    import pyarrow as pa

    offsets = np.zeros(starts.size + 1, dtype=np.int64)
    np.cumsum(ends - starts, out=offsets[1:])
    data = np.compress(_covered(codes.size, starts, ends), codes)
    return pa.Array.from_buffers(pa.large_string(), starts.size, [None, pa.py_buffer(offsets), pa.py_buffer(data)])


def _covered(size: int, starts: IntArray, ends: IntArray) -> BoolArray:
    """(size,) whether a byte belongs to a cell."""
    if np.array_equal(starts[1:], ends[:-1] + 1):  # whole records: only the separators do not
        covered = np.ones(size, dtype=bool)
        covered[: starts[0]] = False
        covered[ends[-1] :] = False
        covered[ends[:-1]] = False
        return covered
    filled = ends > starts
    edges = np.zeros(size + 1, dtype=np.int8)
    edges[starts[filled]] = 1
    edges[ends[filled]] -= 1  # a cell may begin where the one before ends
    return np.cumsum(edges[:-1], dtype=np.int8).view(bool)


def _surely_text(odd: IntArray, cores: _Cores, reader: CellReader) -> tuple[IntArray, IntArray]:
    """Take out the cells between letters that are longer than any missing mark: text columns are full of them."""
    if any(not mark.isascii() for mark in reader.null):
        return odd, odd[:0]
    longest = max((len(mark) for mark in reader.null), default=0)
    lengths = cores.ends[odd] - cores.starts[odd]
    is_text = _LETTER.take(cores.first[odd]) & _LETTER.take(cores.last[odd]) & (lengths > longest)
    return odd[~is_text], odd[is_text]
