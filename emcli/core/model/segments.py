"""Many mixtures at once: their components stand in one row, mixture after mixture.

What is summed over the components of a mixture is summed in the order in which they stand, and by the same
operations whatever the company, so that a mixture's numbers are the same to the last bit alone and among others.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from emcli.data.rows import BoolArray, FloatArray, IntArray

Value = TypeVar("Value", bound=np.generic)


@dataclass(frozen=True, eq=False)
class Segments:
    """Which of C components in a row belong to which of B mixtures: the first sizes[0] to the first, and so on.

    sizes  (B,)  components of each mixture, at least one
    """

    sizes: IntArray

    @property
    def n_mixtures(self) -> int:
        return len(self.sizes)

    @cached_property
    def n_components(self) -> int:
        return int(self.sizes.sum())

    @cached_property
    def starts(self) -> IntArray:
        """Position of each mixture's first component (B,)."""
        return np.asarray(np.cumsum(self.sizes) - self.sizes, dtype=np.intp)

    @cached_property
    def owner(self) -> IntArray:
        """Number of the mixture of each component (C,)."""
        return np.repeat(np.arange(self.n_mixtures), self.sizes)

    def total(self, values: FloatArray) -> FloatArray:
        """Sums (B, ...) of values (C, ...) over each mixture's components."""
        return np.asarray(np.add.reduceat(values, self.starts, axis=0))

    def largest(self, values: FloatArray) -> FloatArray:
        """The largest (B, ...) of values (C, ...) of each mixture's components; NaN where one of them is."""
        return np.asarray(np.maximum.reduceat(values, self.starts, axis=0))

    def smallest(self, values: FloatArray) -> FloatArray:
        """The smallest (B, ...) of values (C, ...) of each mixture's components; NaN where one of them is."""
        return np.asarray(np.minimum.reduceat(values, self.starts, axis=0))

    def all(self, flags: BoolArray) -> BoolArray:
        """Whether the flags (C,) of all components of each mixture are set (B,)."""
        return np.asarray(np.logical_and.reduceat(flags, self.starts))

    def each(self, values: NDArray[Value]) -> NDArray[Value]:
        """For each component (C, ...) the value of its mixture, from values (B, ...)."""
        return values[self.owner]

    def only(self, mixtures: BoolArray | IntArray) -> tuple[Segments, IntArray]:
        """The stack of some of the mixtures, told by a mask (B,) or by ascending numbers (m,), and where their
        components stand in this one."""
        chosen = np.zeros(self.n_mixtures, dtype=bool)
        chosen[mixtures] = True
        return Segments(self.sizes[chosen]), np.flatnonzero(chosen[self.owner])


def one(k: int) -> Segments:
    """A single mixture of k components."""
    return Segments(np.array([k], dtype=np.intp))
