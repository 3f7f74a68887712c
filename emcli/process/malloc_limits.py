"""What becomes of memory that a worker of a cluster has freed.

Dask's nanny starts workers with MALLOC_TRIM_THRESHOLD_=65536: what is freed goes back to the system at once, and
every array that a pass makes of a chunk is mapped and cleared anew, which took two thirds of the time of a pass.  Here
glibc is told the limits at which it arrives by itself in any other process.
"""

from __future__ import annotations

import ctypes
from functools import cache

LIMITS = {
    -3: 32 << 20,  # M_MMAP_THRESHOLD: larger arrays are mapped one by one
    -1: 64 << 20,  # M_TRIM_THRESHOLD: so many free bytes at the end of the heap are kept for the next arrays
}


@cache
def keep_freed() -> None:
    """Set the limits of this process, once; nothing happens where the C library is not glibc."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        for limit, n_bytes in LIMITS.items():
            mallopt(limit, n_bytes)
