"""How often rows count for those who ask: the rows of a fold held out do not count, a replicate counts them anew.

A mixture is asked with a number f; row f of the table says how often every row counts for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from emcli.data.chunk import Chunk
from emcli.data.membership import Labels
from emcli.data.rows import FloatArray, IntArray

EVERYTHING = 0
"""The number with which every row counts as often as it does anyway."""


class CaseWeights(Protocol):
    """See the module's docstring."""

    def at(self, chunk: Chunk, numbers: IntArray) -> FloatArray:
        """How often the rows of a chunk count for each of the numbers (m,), (P, m, n)."""

    def of_rows(self, number: int, case_weights: FloatArray) -> FloatArray:
        """How often all rows (n,) count for a number, from how often they do anyway."""

    def among(self, positions: IntArray) -> CaseWeights:
        """The same of some of the rows."""


@dataclass(frozen=True, eq=False)
class Folds:
    """Number f holds out the rows of fold f - 1; number 0 holds out none.  labels (n,), -1 in no fold."""

    labels: Labels

    def at(self, chunk: Chunk, numbers: IntArray) -> FloatArray:
        folds = np.where(chunk.rows >= 0, self.labels[chunk.rows], -1)
        kept = folds[:, None] != (numbers - 1)[:, None]
        return np.where(kept | (numbers == EVERYTHING)[:, None], chunk.case_weights[:, None], 0.0)

    def of_rows(self, number: int, case_weights: FloatArray) -> FloatArray:
        return np.where((self.labels != number - 1) | (number == EVERYTHING), case_weights, 0.0)

    def among(self, positions: IntArray) -> Folds:
        return Folds(self.labels[positions])


@dataclass(frozen=True, eq=False)
class Replicates:
    """Number f counts the rows as row f - 1 of the table (F, n) says; number 0 as they count anyway."""

    table: FloatArray

    def at(self, chunk: Chunk, numbers: IntArray) -> FloatArray:
        rows = np.where(chunk.rows >= 0, chunk.rows, 0)
        counts = np.swapaxes(self.table[np.maximum(numbers - 1, 0)][:, rows], 0, 1)
        counts = np.where((chunk.rows >= 0)[:, None], counts, 0.0)
        return np.where((numbers == EVERYTHING)[:, None], chunk.case_weights[:, None], counts)

    def of_rows(self, number: int, case_weights: FloatArray) -> FloatArray:
        return case_weights if number == EVERYTHING else self.table[number - 1]

    def among(self, positions: IntArray) -> Replicates:
        return Replicates(self.table[:, positions])
