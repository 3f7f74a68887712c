"""Numbers of a table in file order: what input and output exchange with the tasks.

A table's modelled columns arrive as blocks of rows.  A missing cell is NaN; an infinite cell never gets here,
the reader refuses it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

FloatArray: TypeAlias = NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.intp]
BoolArray: TypeAlias = NDArray[np.bool_]


@dataclass(frozen=True)
class Numbers:
    """The modelled columns of some consecutive rows.

    values        (n, d)  column units, NaN where missing
    case_weights  (n,)    how often each row counts, >= 0
    """

    values: FloatArray
    case_weights: FloatArray

    @property
    def n_rows(self) -> int:
        return int(self.values.shape[0])
