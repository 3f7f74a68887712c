"""Chunks spread over threads of this process; numpy releases the interpreter lock in its heavy parts."""

from __future__ import annotations

import os
import resource
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import reduce
from operator import add

from emcli.core.engine import Engine, S, Serial
from emcli.data.chunk import Chunk

WORTH_A_THREAD = 200_000
"""Cells below which handing chunks to threads costs more than it saves."""


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
