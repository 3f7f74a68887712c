"""What has to be known of all rows before a fit begins: how many there are, what they show, how far columns reach."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from emcli.data.blocks import Blocks, Keep, View
from emcli.data.rows import BoolArray, FloatArray, Numbers


@dataclass(frozen=True, eq=False)
class Survey:
    """Of all rows: n_rows, n_empty_rows (nothing observed), n_missing_cells.  Of the rows that take part:

    sizes           how many each block has
    total_weight    how many there are, each as often as it counts
    cells           (d,)  observed cells of each column, each as often as its row counts
    minima, maxima  (d,)  NaN in a column without a cell
    """

    n_rows: int
    n_empty_rows: int
    n_missing_cells: int
    sizes: tuple[int, ...]
    total_weight: float
    cells: FloatArray
    minima: FloatArray
    maxima: FloatArray


def taking_part(numbers: Numbers) -> BoolArray:
    """Rows (n,) with an observed cell that count at all."""
    return np.asarray((~np.isnan(numbers.values)).any(axis=1) & (numbers.case_weights > 0.0))


def survey(rows: Blocks, which: Callable[[Numbers], BoolArray] = taking_part) -> Survey:
    """One walk over all rows."""
    sizes: list[int] = []
    found = Survey(0, 0, 0, (), 0.0, np.zeros(rows.n_features), *(np.full(rows.n_features, np.nan) for _ in range(2)))
    for block in rows.map(Look(which)):
        sizes += block.sizes
        found = Survey(
            found.n_rows + block.n_rows,
            found.n_empty_rows + block.n_empty_rows,
            found.n_missing_cells + block.n_missing_cells,
            (),
            found.total_weight + block.total_weight,
            found.cells + block.cells,
            np.fmin(found.minima, block.minima),
            np.fmax(found.maxima, block.maxima),
        )
    return replace(found, sizes=tuple(sizes))


@dataclass(frozen=True)
class Look:
    """The survey of one block."""

    which: Callable[[Numbers], BoolArray]

    def __call__(self, numbers: Numbers) -> Survey:
        observed = ~np.isnan(numbers.values)
        used = Keep(self.which)(numbers)
        return Survey(
            numbers.n_rows,
            int((~observed.any(axis=1)).sum()),
            int(observed.size - observed.sum()),
            (used.n_rows,),
            float(used.case_weights.sum()),
            used.case_weights @ np.ascontiguousarray(~np.isnan(used.values)),
            np.fmin.reduce(used.values, axis=0, initial=np.nan),
            np.fmax.reduce(used.values, axis=0, initial=np.nan),
        )


def those_taking_part(rows: Blocks, found: Survey) -> Blocks:
    """The rows that take part."""
    return rows if found.sizes == rows.sizes else View(rows, Keep(taking_part), found.sizes)
