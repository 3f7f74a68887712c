"""Who applies the E step to the chunks, and in which order the results are added.

An engine may compute in any order but adds left to right, in the order of the chunks, so that the result does not
depend on how many workers there are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from operator import add
from typing import Protocol, Self, TypeVar

from emcli.data.chunk import Chunk, Patterns


class Addable(Protocol):
    """Results of disjoint rows that add: floats, arrays, Expectations."""

    def __add__(self, other: Self, /) -> Self: ...


S = TypeVar("S", bound=Addable)


class Engine(Protocol):
    """Chunks of rows, and a way to walk them."""

    @property
    def chunks(self) -> Sequence[Chunk]:
        """All chunks, in the order in which their results are added."""

    def reduce(self, function: Callable[[Chunk], S]) -> S:
        """The sum of function(chunk) over the chunks."""


class Serial:
    """One chunk after the other, in this thread."""

    def __init__(self, chunks: Sequence[Chunk]) -> None:
        self.chunks = chunks

    def reduce(self, function: Callable[[Chunk], S]) -> S:
        return reduce(add, map(function, self.chunks))


def patterns_of(chunks: Sequence[Chunk]) -> list[Patterns]:
    """The distinct stacks of patterns among the chunks."""
    return list({chunk.patterns.key: chunk.patterns for chunk in chunks}.values())
