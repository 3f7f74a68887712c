"""Chunks spread over threads of this process; numpy releases the interpreter lock in its heavy parts.

A thread of its own loads the next block while the chunks of this one are worked on, and only so many chunks wait that
no worker is ever idle: a table larger than memory takes the memory of a few blocks.
"""

from __future__ import annotations

import os
import resource
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

from emcli.core.rows.engine import ChunkBlocks, Engine, Place, S, Serial, fold
from emcli.data.chunk import Chunk, CutBlocks

WORTH_A_THREAD = 200_000
"""Cells below which handing chunks to threads costs more than it saves."""


AHEAD = 4
"""Chunks that wait for each worker."""


def usable(asked: int | None) -> int:
    """The number of threads: as many as asked for; else one per core, or one where memory is limited.

    Each thread reserves some 80 MiB of addresses, its stack and OpenBLAS's buffers, and OpenBLAS ends the process
    where it finds none.
    """
    if asked:
        return asked
    if resource.getrlimit(resource.RLIMIT_AS)[0] != resource.RLIM_INFINITY:
        return 1
    return len(os.sched_getaffinity(0))


class Threads:
    """A pool of workers; results are added in the order of the chunks, as they come."""

    def __init__(self, blocks: ChunkBlocks, n_threads: int) -> None:
        self.blocks = blocks
        self._most_waiting = AHEAD * n_threads
        self._pool = ThreadPoolExecutor(n_threads, thread_name_prefix="emcli")
        self._reader = ThreadPoolExecutor(1, thread_name_prefix="emcli-reader")

    def reduce(self, function: Callable[[Chunk], S]) -> S:
        return fold(self._results(function))

    def _results(self, function: Callable[[Chunk], S]) -> Iterator[tuple[Place, S]]:
        waiting: deque[tuple[Place, Future[S]]] = deque()
        for place, chunk in self._chunks():
            waiting.append((place, self._pool.submit(function, chunk)))
            if len(waiting) > self._most_waiting:
                yield _first(waiting)
        while waiting:
            yield _first(waiting)

    def _chunks(self) -> Iterator[tuple[Place, Chunk]]:
        coming = self._reader.submit(self.blocks.__getitem__, 0)
        for number, part in enumerate(self.blocks.parts):
            block = coming.result()
            if number + 1 < len(self.blocks):
                coming = self._reader.submit(self.blocks.__getitem__, number + 1)
            for chunk in block:
                yield (part, number), chunk


def _first(waiting: deque[tuple[Place, Future[S]]]) -> tuple[Place, S]:
    place, result = waiting.popleft()
    return place, result.result()


def engine_for(blocks: CutBlocks, n_threads: int) -> Engine:
    """The engine that suits the amount of work."""
    if n_threads > 1 and blocks.n_cells > WORTH_A_THREAD:
        return Threads(blocks, n_threads)
    return Serial(blocks)
