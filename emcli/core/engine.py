"""Who applies the E step to the chunks, and in which order the results are added.

An engine may compute in any order but adds left to right, the chunks of a block and then the blocks, so that the
result does not depend on how many workers there are, nor on who has which block.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import reduce
from itertools import groupby
from operator import add, itemgetter
from typing import Protocol, Self, TypeVar

from emcli.data.chunk import Chunk


class Addable(Protocol):
    """Results of disjoint rows that add: floats, arrays, Expectations."""

    def __add__(self, other: Self, /) -> Self: ...


S = TypeVar("S", bound=Addable)


class ChunkBlocks(Protocol):
    """The chunks of every block, in the order in which their results are added; a block is loaded when it is asked for.

    CutBlocks is one; so is a list of lists.
    """

    def __len__(self) -> int: ...

    def __getitem__(self, number: int, /) -> Iterable[Chunk]: ...


class Engine(Protocol):
    """Chunks of rows, and a way to walk them."""

    @property
    def blocks(self) -> ChunkBlocks:
        """What is walked."""

    def reduce(self, function: Callable[[Chunk], S]) -> S:
        """The sum of function(chunk): of the chunks of each block first, then of the blocks."""


class Serial:
    """One chunk after the other, in this thread."""

    def __init__(self, blocks: ChunkBlocks) -> None:
        self.blocks = blocks

    def reduce(self, function: Callable[[Chunk], S]) -> S:
        return fold((number, function(chunk)) for number, chunk in numbered(self.blocks))


def numbered(blocks: ChunkBlocks) -> Iterator[tuple[int, Chunk]]:
    """All chunks, each with the number of its block."""
    return ((number, chunk) for number in range(len(blocks)) for chunk in blocks[number])


def fold(results: Iterable[tuple[int, S]]) -> S:
    """The results added left to right, those of each block first; blocks without a chunk add nothing."""
    by_block = groupby(results, key=itemgetter(0))
    return reduce(add, (reduce(add, (result for _, result in block)) for _, block in by_block))
