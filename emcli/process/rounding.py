"""Whether two processes compute the same bits.

Numpy and its library of matrix products choose their machine code by the processor and the environment, and another
choice rounds otherwise in the last bit.  So does a sum that is shared by several threads.
"""

from __future__ import annotations

import hashlib

import numpy as np

KERNELS = "OPENBLAS_CORETYPE"
"""The variable that names the code for products; the command sets it for itself on some processors."""


def rounding() -> str:
    """A digest of some products, sums, exponentials and logarithms, as they come out in this process."""
    values = np.random.default_rng(0).normal(size=(4096, 32))
    small = values[:8].copy()
    results = (
        values @ small.T,
        values.T @ values,
        small @ small.T,
        np.exp(values),
        np.log(values**2),
        values.sum(axis=0),
    )
    digest = hashlib.sha256()
    for result in results:
        digest.update(np.ascontiguousarray(result).tobytes())
    return digest.hexdigest()
