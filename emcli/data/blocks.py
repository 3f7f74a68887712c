"""A table as blocks of consecutive rows, each loaded when it is wanted, any number of times.

A block has a fixed number of rows of one input file, decided by the number of columns alone.  Everything that is
computed from all rows is computed block by block and folded in file order; so it is the same to the last bit
whether the blocks lie in memory, in a cache on disk or on other machines, and however much memory there is.  A table
of one block is treated as if there were no blocks.  The blocks of one file are a part of the table: sums are made of
parts first, so that another machine need not send more than one for each part that it has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from emcli.data.rows import BoolArray, FloatArray, IntArray, Numbers

T = TypeVar("T")

MOST_ROWS = 1 << 18  # of a block: many enough that hundreds of missing patterns still have long stretches of rows
MOST_CELLS = 1 << 22  # of a block: 32 megabytes, a few of which are in memory at a time


def rows_per_block(n_columns: int) -> int:
    """Rows of a block: a power of two, so that chunks of complete rows end where blocks end."""
    return min(MOST_ROWS, 1 << max(8, (MOST_CELLS // max(n_columns, 1)).bit_length() - 1))


class Blocks(Protocol):
    """Blocks by number, from 0.

    sizes       rows of each
    parts       the number of the part that each is of, ascending
    n_features  columns of all
    in_memory   whether they are there anyway, so that what is made of them may be kept as well
    """

    @property
    def sizes(self) -> tuple[int, ...]: ...
    @property
    def parts(self) -> tuple[int, ...]: ...
    @property
    def n_features(self) -> int: ...
    @property
    def in_memory(self) -> bool: ...

    def load(self, number: int) -> Numbers:
        """The rows of a block; never written to."""
        ...

    def map(self, function: Callable[..., T], *along: Sequence[Any]) -> Iterator[T]:
        """function(rows of a block, its item of each `along`) of every block in file order, done where the rows are.

        What the function is made of has to pickle; what it returns should be much smaller than the rows.
        """
        ...


@dataclass(frozen=True, eq=False)
class Held:
    """Blocks that lie in memory."""

    blocks: tuple[Numbers, ...]
    parts: tuple[int, ...]
    n_features: int
    in_memory: bool = True

    @property
    def sizes(self) -> tuple[int, ...]:
        return tuple(block.n_rows for block in self.blocks)

    def load(self, number: int) -> Numbers:
        return self.blocks[number]

    def map(self, function: Callable[..., T], *along: Sequence[Any]) -> Iterator[T]:
        return map(function, self.blocks, *along)


@dataclass(frozen=True, eq=False)
class View:
    """Other blocks seen through a function of each.

    beside  what the function is given besides, one for each block; None: nothing
    """

    source: Blocks
    through: Callable[..., Numbers]
    sizes: tuple[int, ...]
    beside: Sequence[Any] | None = None

    @property
    def parts(self) -> tuple[int, ...]:
        return self.source.parts

    @property
    def n_features(self) -> int:
        return self.source.n_features

    @property
    def in_memory(self) -> bool:
        return self.source.in_memory

    @property
    def given(self) -> tuple[Sequence[Any], ...]:
        """What stands beside the blocks, to be walked along them."""
        return () if self.beside is None else (self.beside,)

    def load(self, number: int) -> Numbers:
        return self.through(self.source.load(number), *(items[number] for items in self.given))

    def map(self, function: Callable[..., T], *along: Sequence[Any]) -> Iterator[T]:
        return self.source.map(Behind(self.through, function, len(self.given)), *self.given, *along)


@dataclass(frozen=True)
class Behind:
    """A function of what a block looks like through another one, which takes the first so many things beside it."""

    through: Callable[..., Numbers]
    function: Callable[..., Any]
    n_given: int

    def __call__(self, numbers: Numbers, *beside: Any) -> Any:
        return self.function(self.through(numbers, *beside[: self.n_given]), *beside[self.n_given :])


@dataclass(frozen=True)
class Keep:
    """The rows for which `which` is true."""

    which: Callable[[Numbers], BoolArray]

    def __call__(self, numbers: Numbers) -> Numbers:
        kept = self.which(numbers)
        return numbers if kept.all() else Numbers(numbers.values[kept], numbers.case_weights[kept])


@dataclass(frozen=True)
class Count:
    """How many rows that are."""

    which: Callable[[Numbers], BoolArray]

    def __call__(self, numbers: Numbers) -> int:
        return int(self.which(numbers).sum())


def in_blocks(values: FloatArray, case_weights: FloatArray) -> Held:
    """An array of rows (n, d) as blocks of one part that share its memory."""
    n = rows_per_block(values.shape[1])
    starts = range(0, len(values), n)
    blocks = [Numbers(values[start : start + n], case_weights[start : start + n]) for start in starts]
    return Held(tuple(blocks), (0,) * len(blocks), values.shape[1])


def walk(blocks: Blocks) -> Iterator[Numbers]:
    """All blocks in file order."""
    return map(blocks.load, range(len(blocks.sizes)))


def n_rows(blocks: Blocks) -> int:
    """Rows of all blocks."""
    return sum(blocks.sizes)


def mapped(blocks: Blocks, change: Callable[[FloatArray], FloatArray]) -> Blocks:
    """The same rows with other values."""
    return View(blocks, Changed(change), blocks.sizes)


@dataclass(frozen=True)
class Changed:
    """The rows with their values (n, d) changed, one row independently of the others."""

    change: Callable[[FloatArray], FloatArray]

    def __call__(self, numbers: Numbers) -> Numbers:
        return Numbers(self.change(numbers.values), numbers.case_weights)


def kept(blocks: Blocks, which: Callable[[Numbers], BoolArray]) -> Blocks:
    """The rows for which `which` is true; one walk to count them."""
    sizes = tuple(blocks.map(Count(which)))
    return blocks if sizes == blocks.sizes else View(blocks, Keep(which), sizes)


def by_block(blocks: Blocks, along: NDArray[Any]) -> list[NDArray[Any]]:
    """What an array (n, ...) says of all rows, block by block."""
    return np.split(along, np.cumsum(blocks.sizes)[:-1]) if blocks.sizes else []


def flagged(blocks: Blocks, flags: BoolArray) -> Blocks:
    """The rows that are flagged (n,)."""
    beside = by_block(blocks, flags)
    return View(blocks, only, tuple(int(flag.sum()) for flag in beside), beside)


def only(numbers: Numbers, flags: BoolArray) -> Numbers:
    """The flagged rows of a block."""
    return Numbers(numbers.values[flags], numbers.case_weights[flags])


def weighted(blocks: Blocks, case_weights: FloatArray) -> Blocks:
    """All rows with other weights (n,)."""
    return View(blocks, reweighed, blocks.sizes, by_block(blocks, case_weights))


def reweighed(numbers: Numbers, case_weights: FloatArray) -> Numbers:
    """The rows of a block with other weights."""
    return Numbers(numbers.values, case_weights)


def said_of_rows(blocks: Blocks, function: Callable[..., NDArray[Any]], *along: Sequence[Any]) -> NDArray[Any]:
    """What a function of each block says of its rows, of all of them (n, ...)."""
    return np.concatenate(list(blocks.map(function, *along)))


def taken(blocks: Blocks, rows: IntArray) -> Numbers:
    """Some rows by position among all, ascending."""
    if isinstance(blocks, View) and isinstance(blocks.through, Changed):
        return blocks.through(taken(blocks.source, rows))  # row by row, so only those taken need to be changed
    starts = np.cumsum([0, *blocks.sizes])
    bounds = np.searchsorted(rows, starts).tolist()
    places = [rows[begin:end] - start for start, begin, end in zip(starts, bounds[:-1], bounds[1:], strict=False)]
    return together(list(blocks.map(pick, places)), blocks.n_features)


def pick(numbers: Numbers, places: IntArray) -> Numbers:
    """The rows at these places."""
    return Numbers(numbers.values[places], numbers.case_weights[places])


def spread_out(blocks: Blocks, most: int) -> Numbers:
    """About `most` to twice as many rows in equal steps; all of fewer."""
    n = n_rows(blocks)
    return taken(blocks, np.arange(0, n, max(1, n // most)))


def gathered(blocks: Blocks) -> Numbers:
    """All rows in one piece; without a copy if they are one block."""
    return together(list(walk(blocks)), blocks.n_features)


def together(parts: list[Numbers], n_features: int) -> Numbers:
    """Rows one below the other, in C order."""
    if len(parts) == 1:
        return Numbers(np.ascontiguousarray(parts[0].values), parts[0].case_weights)
    values = np.concatenate([np.empty((0, n_features)), *(part.values for part in parts)])
    return Numbers(np.ascontiguousarray(values), np.concatenate([np.empty(0), *(part.case_weights for part in parts)]))
