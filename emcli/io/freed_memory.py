"""Memory that reading has freed, given back to the system before the passes over the rows take theirs.

Arrow and the C library keep what was freed for the next arrays.  Where a table is larger than memory, the passes make
arrays of another size, and the process would hold both.
"""

from __future__ import annotations

import ctypes
import sys


def give_back() -> None:
    """Return what can be returned; where the C library is not glibc, Arrow's part alone."""
    if "pyarrow" in sys.modules:
        import pyarrow as pa

        pa.default_memory_pool().release_unused()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
