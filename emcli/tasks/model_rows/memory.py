"""What is done differently, and what is said, where the memory of the process is limited (`ulimit -v`).

The limit counts addresses, not use: numpy, OpenBLAS and Arrow reserve far more than they touch.  Where OpenBLAS finds
no room for its buffers it ends the process in its own words and with its own exit code, so it is made to take them
at once, where there is room; each further thread would want its own (see `engines.threads.usable`).  Arrow's
allocator complains on stderr where it cannot start threads, and is told not to start any.
"""

from __future__ import annotations

import os
import resource

from emcli.errors import OutOfMemory

START = 150  # MiB of addresses that numpy and the first matrix product take: 112 measured
NEEDED = 400  # MiB that every command made do with on a table of 200 000 rows
PER_CELL = 75  # bytes of a modelled cell while a mixture is fitted
LARGE = 200  # rows and columns of a product for which OpenBLAS takes its buffers
MIB = 1 << 20


def prepare() -> None:
    """Load numpy and let OpenBLAS reserve what it needs; OutOfMemory if there is no room for that."""
    limit = _limit()
    if limit is None:
        return
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    os.environ.setdefault("JE_ARROW_MALLOC_CONF", "background_thread:false")
    if limit - _taken() < START * MIB:
        raise exhausted()
    import numpy as np

    square = np.ones((LARGE, LARGE))
    square @ square


def exhausted() -> OutOfMemory:
    """The error, with the limit and what is needed."""
    limit = _limit()
    needs = f"a run needs about {NEEDED} MiB, and to fit {PER_CELL} bytes more for each modelled cell"
    if limit is None:
        return OutOfMemory("out of memory", hint=f"{needs}; use fewer columns (-c)")
    hint = f"{needs}; raise the limit, or use fewer columns (-c)"
    return OutOfMemory(f"out of memory: the limit (ulimit -v) is {limit // MIB} MiB", hint=hint)


def is_limited() -> bool:
    """Whether less memory may be taken than there is."""
    return _limit() is not None


def _limit() -> int | None:
    limits = (resource.getrlimit(kind)[0] for kind in (resource.RLIMIT_AS, resource.RLIMIT_DATA))
    return min((limit for limit in limits if limit != resource.RLIM_INFINITY), default=None)


def _taken() -> int:
    """Bytes of addresses in use; 0 where the system does not tell."""
    try:
        with open("/proc/self/statm", "rb") as file:
            return int(file.read().split()[0]) * resource.getpagesize()
    except (OSError, ValueError):
        return 0
