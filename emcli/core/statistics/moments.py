"""Weighted means and spreads of numbers that come in pieces.

Each piece keeps its own mean and the sum of squares about it, and pieces are merged pairwise (Chan, Golub & LeVeque
1983), so that neither a large offset nor the cutting into pieces costs digits.  A number that is NaN is left out.

weight   (m,)  sum of the weights of the numbers there are
mean     (m,)  0 where there is none
squares  (m,)  weighted sum of squares about the mean
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from emcli.data.rows import FloatArray


@dataclass(frozen=True, eq=False)
class Moments:
    """Of m numbers per row, over the rows seen so far."""

    weight: FloatArray
    mean: FloatArray
    squares: FloatArray

    @classmethod
    def none(cls, m: int) -> Moments:
        """Of no rows."""
        return cls(np.zeros(m), np.zeros(m), np.zeros(m))

    @classmethod
    def of(cls, values: FloatArray, case_weights: FloatArray) -> Moments:
        """Of rows (n, m) that count as often as their weights (n,) say."""
        there = ~np.isnan(values)
        weights = np.where(there, case_weights[:, None], 0.0)
        weight = weights.sum(axis=0)
        safe = np.where(weight > 0.0, weight, 1.0)
        anchor = np.where(there, values, 0.0).sum(axis=0) / np.maximum(there.sum(axis=0), 1)
        deviations = np.where(there, values - anchor, 0.0)
        shift = (weights * deviations).sum(axis=0) / safe
        squares = (weights * (deviations - shift) ** 2).sum(axis=0)
        return cls(weight, np.where(weight > 0.0, anchor + shift, 0.0), squares)

    def __add__(self, other: Moments) -> Moments:
        weight = self.weight + other.weight
        share = other.weight / np.where(weight > 0.0, weight, 1.0)
        gap = np.where((self.weight > 0.0) & (other.weight > 0.0), other.mean - self.mean, 0.0)
        return Moments(
            weight,
            np.where(self.weight > 0.0, self.mean + share * gap, other.mean),
            self.squares + other.squares + self.weight * share * gap**2,
        )

    @property
    def deviation(self) -> FloatArray:
        """Standard deviations (m,), divided by the weight; 0 where there is no number."""
        return np.asarray(np.sqrt(self.squares / np.where(self.weight > 0.0, self.weight, 1.0)))

    @property
    def standard_error(self) -> FloatArray:
        """Of the means (m,); a row with weight 2 is two rows.  0 where there is no number."""
        return np.asarray(self.deviation / np.sqrt(np.where(self.weight > 0.0, self.weight, 1.0)))
