"""What a block's modelled columns become when their missing cells are filled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from emcli.data.rows import BoolArray, FloatArray


@dataclass(frozen=True, eq=False)
class Completed:
    """positions  of the modelled columns in the table (m)
    missing    (n, m)  which cells were missing
    values     (n, m)  all cells, the missing ones filled
    """

    positions: Sequence[int]
    missing: BoolArray
    values: FloatArray
