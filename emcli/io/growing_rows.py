"""An array of rows that grows at its end, so that a table of unknown length is in memory once.

Only columns in which a number was ever seen take room: a table of texts with two columns of numbers needs no more
than those two.  Memory is extended in place (realloc of a large array moves pages, not bytes).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from emcli.data.table import FloatArray, IntArray

FIRST_ROWS = 1024
COMPACTED_AT_ONCE = 1 << 16  # rows


class GrowingRows:
    """Rows of doubles; columns not stored are NaN throughout."""

    def __init__(self, n_columns: int) -> None:
        self.n_rows = 0
        self._n_columns = n_columns
        self._stored: list[int] = []
        self._values = np.empty((FIRST_ROWS, 0))

    def append(self, values: FloatArray) -> None:
        """Add (n, n_columns) rows."""
        stop = self.n_rows + len(values)
        fresh = self._with_numbers(values)
        if fresh:
            self._store(fresh)
        if stop > len(self._values):
            self._values.resize((max(stop, 3 * len(self._values) // 2), len(self._stored)), refcheck=False)
        everything = len(self._stored) == self._n_columns
        self._values[self.n_rows : stop] = values if everything else values[:, self._stored]
        self.n_rows = stop

    def column(self, column: int) -> FloatArray:
        """A copy of one column."""
        if column not in self._stored:
            return np.full(self.n_rows, np.nan)
        return self._values[: self.n_rows, self._stored.index(column)].copy()

    def release(self, columns: Sequence[int]) -> FloatArray:
        """(n, len(columns)) the given columns, ascending; the rows are gone from here afterwards."""
        for column in columns:
            if column not in self._stored:
                self._store([column])
        places = np.array([self._stored.index(column) for column in columns], dtype=np.intp)
        values, self._values = self._values, np.empty((0, 0))
        if len(places) < len(self._stored):
            _move_forward(values, places, self.n_rows)
        values.resize((self.n_rows, len(places)), refcheck=False)
        return values

    def _with_numbers(self, values: FloatArray) -> list[int]:
        """The columns not stored yet that hold a number here."""
        others = sorted(set(range(self._n_columns)).difference(self._stored))
        if not others:
            return []
        numbers = np.flatnonzero((~np.isnan(values[:, others])).any(axis=0))
        return [others[place] for place in numbers.tolist()]

    def _store(self, fresh: list[int]) -> None:
        stored = sorted([*self._stored, *fresh])
        wider = np.empty((len(self._values), len(stored)))
        for place, column in enumerate(stored):
            known = column in self._stored
            source = self._values[: self.n_rows, self._stored.index(column)] if known else np.nan
            wider[: self.n_rows, place] = source
        self._stored, self._values = stored, wider


def _move_forward(values: FloatArray, places: IntArray, n_rows: int) -> None:
    """Pack some columns of each row at the front of the same memory; no row moves past one not yet packed."""
    flat = values.reshape(-1)
    width = len(places)
    for start in range(0, n_rows, COMPACTED_AT_ONCE):
        rows = values[start : min(start + COMPACTED_AT_ONCE, n_rows)][:, places]
        flat[start * width : start * width + rows.size] = rows.reshape(-1)
