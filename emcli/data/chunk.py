"""Rows cut into pieces of equal missing pattern, ready for arithmetic.

Rows that share their pattern of observed cells can be treated together, since the same blocks of a covariance
matrix serve all of them.  Patterns that observe equally many columns and have about as many rows are stacked,
so that a thousand patterns of five rows cost a few batched operations instead of a thousand small ones.
Complete data is one stack of one pattern: there is no second code path for it.

A chunk holds P patterns with o observed columns, n row slots each (m = d - o columns are missing):

    values        (P, o, n)   one row of the array per column: sums over components and columns then run
                              along contiguous memory, which is what makes the E step fast in numpy
    case_weights  (P, n)      how often each row counts; 0 in slots that no row fills
    rows          (P, n)      position of the row in the table; -1 in slots that no row fills
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from emcli.data.table import BoolArray, FloatArray, IntArray

SMALL = 100_000
"""Cells of a table below which what a pass derives from them is worth keeping for the next."""


@dataclass(frozen=True, eq=False)
class Patterns:
    """P missing patterns that observe equally many columns.

    observed  (P, o)  numbers of the observed columns, ascending
    missing   (P, m)  numbers of the others, ascending
    key               tells the stacks of one table apart, also in another process
    """

    key: int
    observed: IntArray
    missing: IntArray

    @property
    def n_features(self) -> int:
        return int(self.observed.shape[1] + self.missing.shape[1])

    @property
    def complete(self) -> bool:
        """Whether this is the single pattern in which nothing is missing."""
        return bool(self.missing.shape[1] == 0)


@dataclass(frozen=True, eq=False)
class Chunk:
    """Some rows of a stack of patterns; see the module's docstring for the shapes."""

    patterns: Patterns
    values: FloatArray
    case_weights: FloatArray
    rows: IntArray

    keep_derived: bool = False

    @property
    def n_cells(self) -> int:
        return int(self.values.size)

    @cached_property
    def squared_radius(self) -> float:
        """Largest squared distance of a row from the origin, over its observed cells."""
        return float(np.einsum("pon,pon->pn", self.values, self.values).max(initial=0.0))

    def derived(self, make: Callable[[FloatArray], FloatArray]) -> FloatArray:
        """make(values); kept for the next pass if the whole table is small."""
        if not self.keep_derived:
            return make(self.values)
        if make not in self._derived:
            self._derived[make] = make(self.values)
        return self._derived[make]

    @cached_property
    def _derived(self) -> dict[Callable[[FloatArray], FloatArray], FloatArray]:
        return {}


def cut(values: FloatArray, case_weights: FloatArray, rows_per_chunk: int) -> list[Chunk]:
    """The table's rows as chunks: complete rows first, then the patterns by their number of observed columns.

    values        (n, d)  NaN where missing; not written to
    case_weights  (n,)
    Rows keep their order inside a pattern, so the result depends on the table alone.
    """
    chunks: list[Chunk] = []
    for key, (masks, groups) in enumerate(_stacks(~np.isnan(values), rows_per_chunk)):
        patterns = Patterns(
            key=key,
            observed=np.stack([np.flatnonzero(mask) for mask in masks]),
            missing=np.stack([np.flatnonzero(~mask) for mask in masks]),
        )
        chunks += _chunks(values, case_weights, patterns, groups, rows_per_chunk)
    return chunks


def _stacks(observed: BoolArray, rows_per_chunk: int) -> Iterator[tuple[BoolArray, list[IntArray]]]:
    """Patterns to be stacked together: their masks (P, d) and the positions of the rows of each."""
    masks, groups = _group_by_pattern(observed)
    sizes = np.array([len(group) for group in groups], dtype=np.intp)
    widths = masks.sum(axis=1)
    # Slots per pattern are the next power of two of its rows, so that at most half of them stay empty.
    slots = np.minimum(2 ** np.ceil(np.log2(np.maximum(sizes, 1))).astype(np.intp), rows_per_chunk)
    keys = np.where(sizes >= rows_per_chunk, -1 - np.arange(len(sizes)), slots)
    order = np.lexsort((np.arange(len(sizes)), keys, -widths))
    start = 0
    for end in range(1, len(order) + 1):
        fits = (end - start + 1) * max(int(slots[order[start]]), 8) <= rows_per_chunk
        if end < len(order) and fits and _same(order[start], order[end], widths, keys):
            continue
        members = order[start:end]
        yield masks[members], [groups[i] for i in members]
        start = end


def _same(a: np.intp, b: np.intp, widths: IntArray, keys: IntArray) -> bool:
    return bool((widths[a] == widths[b]) & (keys[a] == keys[b]))


def _group_by_pattern(observed: BoolArray) -> tuple[BoolArray, list[IntArray]]:
    """Distinct patterns (P, d) and for each the positions of its rows, ascending; compared bit by bit."""
    if observed.all():
        return observed[:1], [np.arange(len(observed))]
    bits = np.ascontiguousarray(np.packbits(observed, axis=1))
    keys = bits.view(np.dtype((np.void, bits.shape[1]))).ravel()
    _, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
    order = np.argsort(inverse, kind="stable")
    bounds = np.flatnonzero(np.diff(inverse[order])) + 1
    return observed[first], np.split(order, bounds)


def _chunks(
    values: FloatArray, case_weights: FloatArray, patterns: Patterns, groups: list[IntArray], rows_per_chunk: int
) -> Iterator[Chunk]:
    """The rows of one stack of patterns, at most `rows_per_chunk` slots wide."""
    longest = max(len(group) for group in groups)
    for begin in range(0, longest, rows_per_chunk):
        parts = [group[begin : begin + rows_per_chunk] for group in groups]
        width = max(len(part) for part in parts)
        rows = np.full((len(groups), width), -1, dtype=np.intp)
        for slot, part in zip(rows, parts, strict=True):
            slot[: len(part)] = part
        yield _gather(values, case_weights, patterns, rows)


def _gather(values: FloatArray, case_weights: FloatArray, patterns: Patterns, rows: IntArray) -> Chunk:
    filled = rows >= 0
    cells = values[rows[:, None, :], patterns.observed[:, :, None]]
    return Chunk(
        patterns=patterns,
        values=np.ascontiguousarray(np.where(filled[:, None, :], cells, 0.0)),
        case_weights=np.where(filled, case_weights[rows], 0.0),
        rows=rows,
        keep_derived=values.size <= SMALL,
    )
