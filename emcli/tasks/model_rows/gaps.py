"""What to do with rows that have missing cells: use them, leave them out, or stop."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from emcli.data.rows import BoolArray, FloatArray
from emcli.errors import BadData
from emcli.io.read.tables.row_block import RowBlock
from emcli.io.read.tables.table_source import TableSource


def rows_to_keep(
    values: FloatArray, missing: str, block: RowBlock, source: TableSource, positions: Sequence[int]
) -> BoolArray:
    """Which rows of a block take part under --missing; BadData names the first gap if there may be none."""
    gaps = np.isnan(values)
    incomplete = np.asarray(gaps.any(axis=1))
    if missing == "error" and incomplete.any():
        row = int(incomplete.argmax())
        column = source.header[positions[int(gaps[row].argmax())]]
        raise BadData(
            f"column '{column}': a missing cell",
            where=block.place(row).where,
            hint="--missing use takes the row with the cells it has, --missing drop leaves it out",
        )
    return ~incomplete if missing == "drop" else np.ones(len(values), dtype=np.bool_)


def dropped(n_rows: int) -> list[str]:
    """The note that rows were left out."""
    return [f"{n_rows} {'row' if n_rows == 1 else 'rows'} with missing cells left out"] if n_rows else []
