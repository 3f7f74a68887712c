"""Chunks spread over threads of this process; numpy releases the interpreter lock in its heavy parts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import reduce
from operator import add

from emcli.core.engine import Engine, S, Serial
from emcli.data.chunk import Chunk

WORTH_A_THREAD = 200_000
"""Cells below which handing chunks to threads costs more than it saves."""


class Threads:
    """A pool of workers; results are added in the order of the chunks, as they come."""

    def __init__(self, chunks: Sequence[Chunk], n_threads: int) -> None:
        self.chunks = chunks
        self._pool = ThreadPoolExecutor(n_threads, thread_name_prefix="emcli")

    def reduce(self, function: Callable[[Chunk], S]) -> S:
        return reduce(add, self._pool.map(function, self.chunks))


def engine_for(chunks: Sequence[Chunk], n_threads: int) -> Engine:
    """The engine that suits the amount of work."""
    if n_threads > 1 and sum(chunk.n_cells for chunk in chunks) > WORTH_A_THREAD:
        return Threads(chunks, n_threads)
    return Serial(chunks)
