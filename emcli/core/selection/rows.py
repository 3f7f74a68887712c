"""The rows of a sweep: what every candidate is fitted to, and which rows are held out together.

Every job of a sweep sees the same rows, so they are sent to a worker once and jobs carry only what differs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from emcli.data.table import BoolArray, FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows to fit and, besides, rows that are only judged.

    values        (n, d)  data units, NaN where missing
    case_weights  (n,)    how often each row counts, >= 0
    columns               names for messages
    folds         (n,)    number of the fold in which a row is held out, -1 for a row that never is
    groups        (n,)    rows with the same number stay together when rows are held out or resampled; None: each
                          row is a group of its own
    test_values   (m, d)  rows of another table that are only judged; None: there are none
    test_weights  (m,)
    """

    values: FloatArray
    case_weights: FloatArray
    columns: tuple[str, ...]
    folds: IntArray | None = None
    groups: IntArray | None = None
    test_values: FloatArray | None = None
    test_weights: FloatArray | None = None

    @property
    def used(self) -> BoolArray:
        """Rows (n,) that count: with an observed cell and a weight."""
        return informative(self.values, self.case_weights)

    @property
    def total_weight(self) -> float:
        """How many rows there are, each as often as it counts."""
        return float(self.case_weights[self.used].sum())


def informative(values: FloatArray, case_weights: FloatArray) -> BoolArray:
    """Which rows (n,) have an observed cell and count at all."""
    return np.asarray((~np.isnan(values)).any(axis=1) & (case_weights > 0.0))
