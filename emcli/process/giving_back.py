"""Memory that was freed, given back to the system where a table is larger than memory.

Arrow and the C library keep what was freed for the next arrays, each thread by itself.  Passes over a table on disk
make arrays of other sizes than reading it, block after block, and the process would hold all of them.
"""

from __future__ import annotations

import ctypes
import sys

LIMITS = {
    -3: 12 << 20,  # M_MMAP_THRESHOLD: larger arrays, as the blocks of a table are, go back as soon as they are freed
    -8: 2,  # M_ARENA_MAX: threads share what they freed
}


def give_back() -> None:
    """Return what can be returned, now and from now on; where the C library is not glibc, Arrow's part alone."""
    arrow = sys.modules.get("pyarrow")
    if arrow is not None:
        arrow.default_memory_pool().release_unused()
    library = ctypes.CDLL(None)
    if hasattr(library, "malloc_trim"):
        for limit, value in LIMITS.items():
            library.mallopt(limit, value)
        library.malloc_trim(0)
