"""Sizes of memory: as people write them, and how much of it this machine gives to a process."""

from __future__ import annotations

import os
import re
from contextlib import suppress

UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12, "ki": 2**10, "mi": 2**20, "gi": 2**30, "ti": 2**40}
SIZE = re.compile(r"([0-9]+(?:\.[0-9]*)?|\.[0-9]+)\s*([kmgt]?i?)b?", re.IGNORECASE)
LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")
LEAST = 300 * 10**6  # bytes: what the program, a block of rows and the work on it take in any case


def memory_size(text: str) -> int:
    """300MB, 1.5G or 2GiB as bytes; ValueError if it is no size."""
    found = SIZE.fullmatch(text.strip())
    if found is None or found[2].lower() not in UNITS:
        raise ValueError(text)
    return int(float(found[1]) * UNITS[found[2].lower()])


def half_of_memory() -> int:
    """Half of the bytes this process may use: of the machine's, or of what its container is given."""
    sizes = [os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")]
    for path in LIMITS:
        with suppress(OSError, ValueError), open(path, encoding="ascii") as file:
            sizes.append(int(file.read()))  # "max" is no number: there is no limit
    return min(sizes) // 2
