"""Who applies the E step to the chunks, and in which order the results are added.

An engine may compute in any order but adds left to right, the chunks of a block, then the blocks of a part, and then
the parts, so that the result does not depend on how many workers there are, nor on who has which part.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import reduce
from itertools import count, groupby
from operator import add, itemgetter
from typing import Protocol, Self, TypeVar

from emcli.data.chunk import Chunk


class Addable(Protocol):
    """Results of disjoint rows that add: floats, arrays, Expectations."""

    def __add__(self, other: Self, /) -> Self: ...


S = TypeVar("S", bound=Addable)


class ChunkBlocks(Protocol):
    """The chunks of every block, in the order in which their results are added; a block is loaded when it is asked for.

    parts  the number of the part of the table that each block is of, ascending
    """

    @property
    def parts(self) -> tuple[int, ...]: ...

    def __len__(self) -> int: ...

    def __getitem__(self, number: int, /) -> Iterable[Chunk]: ...


class Engine(Protocol):
    """Chunks of rows, and a way to walk them."""

    @property
    def blocks(self) -> ChunkBlocks:
        """What is walked."""

    def reduce(self, function: Callable[[Chunk], S]) -> S:
        """The sum of function(chunk): of the chunks of each block first, of the blocks of each part, of the parts."""


class Serial:
    """One chunk after the other, in this thread."""

    def __init__(self, blocks: ChunkBlocks) -> None:
        self.blocks = blocks

    def reduce(self, function: Callable[[Chunk], S]) -> S:
        return fold((place, function(chunk)) for place, chunk in placed(self.blocks))


Place = tuple[int, int]
"""The number of a part, and that of a block."""


def placed(blocks: ChunkBlocks) -> Iterator[tuple[Place, Chunk]]:
    """All chunks, each with its place."""
    return ((place, chunk) for place in zip(blocks.parts, count()) for chunk in blocks[place[1]])


def fold(results: Iterable[tuple[Place, S]]) -> S:
    """The results added left to right: those of each block, then of each part; what has no chunk adds nothing."""
    by_block = ((place, added(of_block)) for place, of_block in groupby(results, key=itemgetter(0)))
    return added((part, added(of_part)) for part, of_part in groupby(by_block, key=lambda one: one[0][0]))


def added(results: Iterable[tuple[object, S]]) -> S:
    """The sum of results that stand beside their places."""
    return reduce(add, (result for _, result in results))
