"""Which matrix kernels the processor deserves, decided before numpy loads them.

OpenBLAS, the library behind numpy's matrix products, chooses its kernels by the model of the processor.  An AMD model
that it does not know yet gets those of 2013, even where the processor has the wider registers of AVX-512, which nearly
double the speed of a product.  Its choice can be named in the environment, and is here, where nobody else has done so.
"""

from __future__ import annotations

import os
from collections.abc import MutableMapping

VARIABLE = "OPENBLAS_CORETYPE"
AVX_512 = {"avx512f", "avx512cd", "avx512bw", "avx512dq", "avx512vl"}
"""What the kernels that OpenBLAS calls SkylakeX use; the system lists only what it has switched on."""

FIRST_PROCESSOR = 8192  # bytes of the system's list; what is not read is not made, and many processors take long


def choose_kernels(environment: MutableMapping[str, str] = os.environ, listed: str = "/proc/cpuinfo") -> None:
    """Name the AVX-512 kernels on AMD processors that have what they need; elsewhere OpenBLAS knows better."""
    if VARIABLE in environment:
        return
    try:
        with open(listed, "rb", buffering=0) as file:
            text = file.read(FIRST_PROCESSOR).decode("ascii", "replace")
    except OSError:  # not Linux
        return
    first = dict(_entry(line) for line in text.split("\n\n")[0].splitlines())
    if first.get("vendor_id") == "AuthenticAMD" and set(first.get("flags", "").split()) >= AVX_512:
        environment[VARIABLE] = "SkylakeX"


def _entry(line: str) -> tuple[str, str]:
    name, _, value = line.partition(":")
    return name.strip(), value.strip()
