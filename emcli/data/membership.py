"""What is said of every single row beside its cells: to which component it belongs, wholly or in part.

A row is named by its position among the rows that take part.  A label takes a byte; responsibilities are as large as
the table itself, so they may lie in blocks that are not in memory.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import accumulate, pairwise
from typing import Protocol, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from emcli.data.blocks import Blocks
from emcli.data.rows import BoolArray, FloatArray, IntArray

Labels: TypeAlias = NDArray[np.signedinteger]
"""One whole number for each row, in as few bytes as it takes."""

KEPT = 1
"""Loaded blocks that are kept: rows are asked for in file order, so that threads seldom work on two blocks."""


class Beside(Protocol):
    """How far every row belongs to each of k components."""

    def at(self, rows: IntArray) -> FloatArray:
        """Responsibilities (P, k, n) of rows (P, n); those of row -1 may be anything."""

    def among(self, used: BoolArray) -> Self:
        """Of the rows for which `used` is true alone."""


@dataclass(frozen=True, eq=False)
class Wholly:
    """Every row belongs to one component; labels (n,), from 0."""

    labels: Labels
    k: int

    def at(self, rows: IntArray) -> FloatArray:
        mine: FloatArray = (self.labels[rows][:, None] == np.arange(self.k)[:, None]).astype(np.float64)
        return mine

    def among(self, used: BoolArray) -> Wholly:
        return replace(self, labels=self.labels[used])


@dataclass(frozen=True, eq=False)
class InPart:
    """shares (n, k)"""

    shares: FloatArray

    def at(self, rows: IntArray) -> FloatArray:
        return np.ascontiguousarray(np.swapaxes(self.shares[rows], 1, 2))

    def among(self, used: BoolArray) -> InPart:
        return InPart(self.shares[used])


@dataclass(frozen=True, eq=False)
class InBlocks:
    """The shares of the rows for which `used` (n,) is true, as the cells of a table."""

    blocks: Blocks
    used: BoolArray
    _loaded: dict[int, FloatArray] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def at(self, rows: IntArray) -> FloatArray:
        n_patterns, n = rows.shape
        shares = np.zeros((n_patterns, n, self.blocks.n_features))
        wanted = rows >= 0
        numbers = np.searchsorted(self._starts, rows, side="right") - 1
        for number in np.unique(numbers[wanted]).tolist():
            mine = wanted & (numbers == number)
            shares[mine] = self._load(number)[rows[mine] - self._starts[number]]
        return np.ascontiguousarray(np.swapaxes(shares, 1, 2))

    def among(self, used: BoolArray) -> InBlocks:
        both = self.used.copy()
        both[self.used] = used
        return InBlocks(self.blocks, both)

    @cached_property
    def _ends(self) -> list[int]:
        return [0, *accumulate(self.blocks.sizes)]

    @cached_property
    def _starts(self) -> IntArray:
        """How many used rows come before each block."""
        counts = [int(self.used[a:b].sum()) for a, b in pairwise(self._ends)]
        return np.cumsum([0, *counts])[:-1]

    def _load(self, number: int) -> FloatArray:
        with self._lock:
            if number not in self._loaded:
                while len(self._loaded) >= KEPT:
                    del self._loaded[min(self._loaded)]
                used = self.used[self._ends[number] : self._ends[number + 1]]
                values = self.blocks.load(number).values
                self._loaded[number] = values if used.all() else values[used]
            return self._loaded[number]


def compact(labels: Iterable[Iterable[int]], largest: int) -> Labels:
    """Labels that come in pieces, from -1 to `largest`, in as few bytes as these take."""
    kind = np.min_scalar_type(-max(largest, 1) - 1)
    return np.concatenate([np.empty(0, dtype=kind), *(np.fromiter(piece, dtype=kind) for piece in labels)])
