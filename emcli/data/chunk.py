"""Rows cut into pieces of equal missing pattern, ready for arithmetic.

Rows that share their pattern of observed cells can be treated together, since the same blocks of a covariance
matrix serve all of them.  Patterns that observe equally many columns and have about as many rows are stacked,
so that a thousand patterns of five rows cost a few batched operations instead of a thousand small ones.
Complete data is one stack of one pattern: there is no second code path for it.

A pass works on a chunk tile by tile: tiles are small enough for the processor's cache, and share what is done once
per chunk.

A chunk holds P patterns with o observed columns, n row slots each (m = d - o columns are missing):

    values        (P, o, n)   one row of the array per column: sums over components and columns then run
                              along contiguous memory, which is what makes the E step fast in numpy
    case_weights  (P, n)      how often each row counts; 0 in slots that no row fills
    rows          (P, n)      position of the row in the table; -1 in slots that no row fills
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emcli.data.blocks import Blocks, n_rows
from emcli.data.rows import BoolArray, FloatArray, IntArray, Numbers

SMALL = 100_000
"""Cells of a table below which what a pass derives from them is worth keeping for the next."""

ROWS_PER_CHUNK = 1 << 13
"""Where nothing else is said."""

FEW_SLOTS, MOST_WASTED = 16, 512
"""Rows up to which patterns are stacked whatever their sizes, if that leaves no more slots than so many."""

MOST_STACKED = 1 << 11
"""Row slots of a chunk of several patterns: they are treated in one piece."""


@dataclass(frozen=True, eq=False)
class Patterns:
    """P missing patterns that observe equally many columns.

    observed  (P, o)  numbers of the observed columns, ascending
    missing   (P, m)  numbers of the others, ascending
    key               the patterns as bits: tells stacks of one table apart, in every block and every process
    """

    key: bytes
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

    def tiles(self, n_rows: int) -> Iterable[Chunk]:
        """The chunk in pieces of so many row slots."""
        n = self.rows.shape[1]
        if n <= n_rows:
            return [self]
        if n_rows in self._tiles:
            return self._tiles[n_rows]
        tiles = (self._piece(begin, begin + n_rows) for begin in range(0, n, n_rows))
        return self._tiles.setdefault(n_rows, list(tiles)) if self.keep_derived else tiles

    @cached_property
    def _tiles(self) -> dict[int, list[Chunk]]:
        return {}

    def _piece(self, begin: int, end: int) -> Chunk:
        return Chunk(
            self.patterns,
            np.ascontiguousarray(self.values[..., begin:end]),  # columns a power of two apart share cache lines
            self.case_weights[:, begin:end],
            self.rows[:, begin:end],
            self.keep_derived,
        )

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


@dataclass(frozen=True, eq=False)
class CutBlocks:
    """The blocks of a table, each as its chunks; kept after the first walk if the table is in memory anyway."""

    rows: Blocks
    rows_per_chunk: int = ROWS_PER_CHUNK

    def __len__(self) -> int:
        return len(self.rows.sizes)

    @property
    def parts(self) -> tuple[int, ...]:
        """The part of the table that each block is of."""
        return self.rows.parts

    def __getitem__(self, number: int) -> Iterable[Chunk]:
        if not 0 <= number < len(self):
            raise IndexError(number)
        if number in self._kept:
            return self._kept[number]
        block, first_row = self.rows.load(number), self._starts[number]
        chunks = chunks_of(block, self.rows_per_chunk, first_row, keep_derived=self.n_cells <= SMALL)
        return self._kept.setdefault(number, list(chunks)) if self.rows.in_memory else chunks

    @cached_property
    def n_cells(self) -> int:
        """Cells of all rows, whether observed or not."""
        return n_rows(self.rows) * self.rows.n_features

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *accumulate(self.rows.sizes)]

    @cached_property
    def _kept(self) -> dict[int, list[Chunk]]:
        return {}


def cut(values: FloatArray, case_weights: FloatArray, rows_per_chunk: int) -> list[Chunk]:
    """The chunks of rows that are one block: values (n, d), NaN where missing, and case_weights (n,)."""
    return list(chunks_of(Numbers(values, case_weights), rows_per_chunk, keep_derived=values.size <= SMALL))


def chunks_of(
    block: Numbers, rows_per_chunk: int, first_row: int = 0, *, keep_derived: bool = False
) -> Iterator[Chunk]:
    """A block's rows as chunks: complete rows first, then the patterns by their number of observed columns.

    first_row  position of the block's first row in the table
    Rows keep their order inside a pattern, so the result depends on the block alone; it is not written to.
    """
    for masks, groups in _stacks(~np.isnan(block.values), min(rows_per_chunk, MOST_STACKED)):
        patterns = Patterns(
            key=np.packbits(masks, axis=1).tobytes(),
            observed=_columns(masks),
            missing=_columns(~masks),
        )
        for rows in _slots(groups, rows_per_chunk):
            cells = _gather(block, patterns, rows)
            yield Chunk(patterns, *cells, _numbered(rows, first_row), keep_derived)


def _stacks(observed: BoolArray, most_slots: int) -> Iterator[tuple[BoolArray, list[IntArray]]]:
    """Patterns to be stacked together: their masks (P, d) and the positions of the rows of each."""
    masks, groups = _group_by_pattern(observed)
    sizes = np.array([len(group) for group in groups], dtype=np.intp)
    widths = masks.sum(axis=1)
    # Slots per pattern are the next power of two of its rows, so that at most half of them stay empty; of few patterns
    # with few rows each, empty slots cost less than stacks of their own.
    slots = np.minimum(2 ** np.ceil(np.log2(np.maximum(sizes, 1))).astype(np.intp), most_slots)
    for width in set(widths.tolist()):
        small = (widths == width) & (sizes <= FEW_SLOTS)
        if small.sum() * FEW_SLOTS <= MOST_WASTED:
            slots[small] = min(FEW_SLOTS, most_slots)
    keys = np.where(sizes >= most_slots, -1 - np.arange(len(sizes)), slots)
    order = np.lexsort((np.arange(len(sizes)), keys, -widths))
    start = 0
    for end in range(1, len(order) + 1):
        fits = (end - start + 1) * max(int(slots[order[start]]), 8) <= most_slots
        if end < len(order) and fits and _same(order[start], order[end], widths, keys):
            continue
        members = order[start:end]
        yield masks[members], [groups[i] for i in members]
        start = end


def _same(a: np.intp, b: np.intp, widths: IntArray, keys: IntArray) -> bool:
    return bool((widths[a] == widths[b]) & (keys[a] == keys[b]))


def _group_by_pattern(observed: BoolArray) -> tuple[BoolArray, list[IntArray]]:
    """Distinct patterns (P, d) and for each the positions of its rows, ascending; compared bit by bit."""
    if not len(observed):
        return observed, []
    if observed.all():
        return observed[:1], [np.arange(len(observed))]
    keys = _keys(observed)
    order = np.argsort(keys, kind="stable")
    ends = keys[order]
    starts = np.flatnonzero(ends[1:] != ends[:-1]) + 1
    groups = np.split(order, starts)
    return observed[order[np.concatenate([[0], starts])]], groups


def _keys(observed: BoolArray) -> NDArray[Any]:
    """A key (n,) for the pattern of each row of masks (n, d); the fewer bits it has, the faster it is sorted."""
    bits = np.packbits(observed, axis=1)
    n_bytes = next((size for size in (2, 4, 8) if bits.shape[1] <= size), None)
    if n_bytes is None:
        return np.ascontiguousarray(bits).view(np.dtype((np.void, bits.shape[1]))).ravel()
    padded = np.zeros((len(bits), n_bytes), dtype=np.uint8)
    padded[:, : bits.shape[1]] = bits
    return padded.view(f">u{n_bytes}").ravel().astype(f"u{n_bytes}")


def _columns(masks: BoolArray) -> IntArray:
    """The numbers (P, o) of the columns that are true in masks (P, d), equally many in each."""
    return np.nonzero(masks)[1].reshape(len(masks), -1)


def _slots(groups: list[IntArray], rows_per_chunk: int) -> Iterator[IntArray]:
    """The rows (P, n) of each chunk of a stack, at most `rows_per_chunk` slots wide; -1 in slots that none fills."""
    longest = max(len(group) for group in groups)
    for begin in range(0, longest, rows_per_chunk):
        parts = [group[begin : begin + rows_per_chunk] for group in groups]
        rows = np.full((len(groups), max(len(part) for part in parts)), -1, dtype=np.intp)
        for slot, part in zip(rows, parts, strict=True):
            slot[: len(part)] = part
        yield rows


def _gather(block: Numbers, patterns: Patterns, rows: IntArray) -> tuple[FloatArray, FloatArray]:
    """Values and case weights in the slots, 0 where no row fills them."""
    filled = rows >= 0
    # Blocks that come from a file lie column by column, and a flat index is looked up fastest.
    by_column, at, columns = block.values.T, rows[:, None, :], patterns.observed[:, :, None]
    if by_column.flags.c_contiguous:
        cells = by_column.ravel().take(at + columns * len(block.values))
    else:
        cells = block.values[at, columns]
    values = np.ascontiguousarray(np.where(filled[:, None, :], cells, 0.0))
    return values, np.where(filled, block.case_weights[rows], 0.0)


def _numbered(rows: IntArray, first_row: int) -> IntArray:
    """Positions in the table from positions in the block."""
    return np.where(rows >= 0, rows + first_row, -1)
