"""A random sample of rows from a stream: every row is equally likely to be in it, and memory is that of the sample.

Each row gets a random number and the rows with the smallest ones stay.  Numbers are drawn in file order, so the
sample depends on the seed and the rows alone, not on how they came in blocks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from emcli.data.rows import FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class RowSample:
    """Rows in file order: keys (n,), their numbers from 0 (n,), values (n, d), responsibilities (n, k)."""

    keys: FloatArray
    rows: IntArray
    values: FloatArray
    responsibilities: FloatArray

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def labels(self) -> IntArray:
        return np.asarray(self.responsibilities.argmax(axis=1))

    def with_rows(self, more: RowSample, size: int) -> RowSample:
        """The sample after more rows have come, at most `size` rows."""
        if len(self) == size and size:
            more = more.picked(more.keys < self.keys.max())
        both = RowSample(
            np.concatenate([self.keys, more.keys]),
            np.concatenate([self.rows, more.rows]),
            np.concatenate([self.values, more.values]),
            np.concatenate([self.responsibilities, more.responsibilities]),
        )
        if len(both) <= size:
            return both
        return both.picked(np.sort(np.argsort(both.keys, kind="stable")[:size]))

    def picked(self, which: FloatArray | IntArray) -> RowSample:
        """Some of the rows, by position or truth value."""
        return RowSample(self.keys[which], self.rows[which], self.values[which], self.responsibilities[which])

    def thinned(self, size: int) -> RowSample:
        """A smaller sample of the same kind."""
        return self if len(self) <= size else self.picked(np.sort(np.argsort(self.keys, kind="stable")[:size]))


def no_rows(n_components: int, n_features: int) -> RowSample:
    """The sample of no rows."""
    return RowSample(np.empty(0), np.empty(0, dtype=np.intp), np.empty((0, n_features)), np.empty((0, n_components)))
