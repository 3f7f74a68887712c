"""Many cells' texts to doubles at once.

Cells that begin like a number go to Arrow's parser (correctly rounded) in one stroke: numpy copies their bytes, without the
separators between, into an Arrow array.  Whatever begins differently, is a missing mark, is refused by
Arrow or is not finite is given to `CellReader`, cell by cell.  Few cells go there all together,
because loading Arrow (0.09 s) would cost more.  Either way the doubles are the same.

Cells are given by positions in a text: [starts[i], ends[i]).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from emcli.data.table import BoolArray, FloatArray, IntArray
from emcli.io.number_cells import CellReader

if TYPE_CHECKING:
    import pyarrow as pa

FEW_CELLS = 50_000  # 20 ms in plain Python
# Arrow accepts exactly our numbers and, among what begins with these bytes, ±inf and ±nan, which are caught as not finite.
NUMBER_STARTS = b"0123456789.+-"
NUMBER_PATTERN = r"^[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$"
POINT_FOR_COMMA = bytes.maketrans(
    b",.", b".x"
)  # where the comma is the decimal mark, a point is no part of a number
SPACE, TAB, QUOTE, EMPTY = ord(" "), ord("\t"), ord('"'), 0


@dataclass(frozen=True)
class Converted:
    """values  (n,) NaN where there is no number
    bad     positions, ascending, of the cells that are neither numbers nor missing
    """

    values: FloatArray
    bad: IntArray


def convert(text: bytes, starts: IntArray, ends: IntArray, reader: CellReader) -> Converted:
    """The numbers in the given cells, which follow each other in the text."""
    if starts.size < FEW_CELLS:
        return _one_by_one(text, starts, ends, reader)
    return _together(text, starts, ends, reader)


def _one_by_one(text: bytes, starts: IntArray, ends: IntArray, reader: CellReader) -> Converted:
    value = reader.value
    found = [value(text[start:end]) for start, end in zip(starts.tolist(), ends.tolist(), strict=True)]
    values = np.array(found, dtype=np.float64)  # None becomes NaN
    missing = np.flatnonzero(np.isnan(values))
    bad = [i for i in missing.tolist() if found[i] is None]
    return Converted(values, np.array(bad, dtype=np.intp))


def _together(text: bytes, starts: IntArray, ends: IntArray, reader: CellReader) -> Converted:
    codes = np.frombuffer(text, np.uint8)
    first, last, from_, to = _bare(codes, starts, ends)
    usual = _number_starts().take(first)
    for mark in reader.null:  # a missing mark such as -999 or . begins like a number
        if mark and ord(mark[0]) < 128 and _number_starts()[ord(mark[0])]:
            usual &= ~((to - from_ == len(mark.encode())) & (first == ord(mark[0])))
    values = np.full(starts.size, np.nan)
    chosen = None if usual.all() else np.flatnonzero(usual)
    numbers = _cast(
        codes, from_ if chosen is None else from_[chosen], to if chosen is None else to[chosen], reader
    )
    if chosen is None:
        values = numbers
    else:
        values[chosen] = numbers
    odd = np.flatnonzero(~np.isfinite(values))
    odd, bad = _surely_text(odd, first, last, from_, to, reader)
    return _with_odd(text, starts, ends, values, odd, bad, reader)


def _bare(
    codes: np.ndarray, starts: IntArray, ends: IntArray
) -> tuple[np.ndarray, np.ndarray, IntArray, IntArray]:
    """First and last byte and bounds of the cells inside their quotes and blanks; an empty cell begins with byte 0."""
    first, last = _outer(codes, starts, ends)
    quoted = (first == QUOTE) & (last == QUOTE) & (ends - starts > 1)
    if quoted.any():
        starts, ends = starts + quoted, ends - quoted
        first, last = _outer(codes, starts, ends)
    blank = (first == SPACE) | (first == TAB) | (last == SPACE) | (last == TAB)
    while blank.any():
        starts = starts + ((first == SPACE) | (first == TAB))
        ends = np.maximum(starts, ends - ((last == SPACE) | (last == TAB)))
        first, last = _outer(codes, starts, ends)
        blank = (first == SPACE) | (first == TAB) | (last == SPACE) | (last == TAB)
    return first, last, starts, ends


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
        return _doubles(cells.cast(pa.float64()))
    except pa.ArrowInvalid:
        return _cast_some(cells)


def _cast_some(cells: pa.Array) -> FloatArray:
    import pyarrow as pa
    import pyarrow.compute as pc

    good = pc.match_substring_regex(cells, NUMBER_PATTERN)
    kept = pc.if_else(good, cells, pa.scalar(None, pa.large_string()))
    try:
        return _doubles(pc.fill_null(kept.cast(pa.float64()), np.nan))
    except pa.ArrowInvalid:  # an Arrow that refuses something of ours, as older ones do a plus sign
        return np.full(len(cells), np.nan)


def _doubles(numbers: pa.Array) -> FloatArray:
    """The array's own memory; its to_numpy() would load pandas."""
    return np.frombuffer(numbers.buffers()[1], np.float64, len(numbers), numbers.offset * 8)


def gathered(codes: np.ndarray, starts: IntArray, ends: IntArray) -> pa.Array:
    """The texts between ascending, disjoint bounds as an Arrow array of large_string."""
    import pyarrow as pa

    offsets = np.zeros(starts.size + 1, dtype=np.int64)
    np.cumsum(ends - starts, out=offsets[1:])
    data = np.compress(_covered(codes.size, starts, ends), codes)
    return pa.Array.from_buffers(
        pa.large_string(), starts.size, [None, pa.py_buffer(offsets), pa.py_buffer(data)]
    )


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


def _surely_text(
    odd: IntArray, first: np.ndarray, last: np.ndarray, from_: IntArray, to: IntArray, reader: CellReader
) -> tuple[IntArray, IntArray]:
    """Take out the cells that are longer than any missing mark and do not begin like a number: text columns are full of them."""
    if any(not mark.isascii() for mark in reader.null):
        return odd, odd[:0]
    longest = max((len(mark) for mark in reader.null), default=0)
    plain_text = _letters()[first[odd]] & _letters()[last[odd]] & (to[odd] - from_[odd] > longest)
    return odd[~plain_text], odd[plain_text]


def _with_odd(
    text: bytes,
    starts: IntArray,
    ends: IntArray,
    values: FloatArray,
    odd: IntArray,
    bad: IntArray,
    reader: CellReader,
) -> Converted:
    if odd.size == 0:
        return Converted(values, bad)
    if not values.flags.writeable:
        values = values.copy()
    found = _one_by_one(text, starts[odd], ends[odd], reader)
    values[odd] = found.values
    return Converted(values, np.sort(np.concatenate([bad, odd[found.bad]])))


def _number_starts() -> BoolArray:
    return _table(NUMBER_STARTS)


def _letters() -> BoolArray:
    return _table(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")


def _table(members: bytes) -> BoolArray:
    table = np.zeros(256, dtype=bool)
    table[list(members)] = True
    return table
