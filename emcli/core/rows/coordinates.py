"""The coordinates in which a fit runs: columns centred and scaled once, from the data.

Sums of squares then keep their digits whatever the units and offsets of the columns, and thresholds can be plain
numbers.

centre, scale  (d,)  working value = (value - centre) / scale
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add

import numpy as np

from emcli.core.model.mixture import Mixture
from emcli.data.blocks import Blocks
from emcli.data.rows import BoolArray, FloatArray, Numbers
from emcli.errors import CannotFit

ABSURD = 1e4  # interquartile ranges from the median beyond which a cell says nothing about a column's spread


@dataclass(frozen=True, eq=False)
class Coordinates:
    """An affine map per column between data units and working units."""

    centre: FloatArray
    scale: FloatArray

    def inward(self, values: FloatArray) -> FloatArray:
        """Data units to working units."""
        moved = values - self.centre
        moved /= self.scale  # in place: a block of a large table is many megabytes
        return moved

    def outward(self, mixture: Mixture) -> Mixture:
        """A mixture fitted in working units, in data units."""
        return mixture.rescaled(self.centre, self.scale)

    def inward_mixture(self, mixture: Mixture) -> Mixture:
        """A mixture in data units, in working units."""
        return mixture.rescaled(-self.centre / self.scale, 1.0 / self.scale)

    def check(self, names: Sequence[str]) -> None:
        """Raise CannotFit if a variance in data units would not be a positive double."""
        with np.errstate(over="ignore", under="ignore"):
            variances = self.scale**2
        for name, variance in zip(names, variances, strict=True):
            if not np.finfo(float).tiny * 1e20 < variance < np.finfo(float).max / 1e20:
                raise CannotFit(
                    f"column '{name}': its values are too {'small' if variance < 1.0 else 'large'} for their variance "
                    "to be a number",
                    hint="multiply the column by a power of ten first: the clusters do not depend on the units",
                )

    def log_jacobian(self, cells: FloatArray) -> float:
        """What is added to a log-likelihood in working units to have it in data units, nats.

        cells  (d,) observed cells of each column, each as often as its row counts
        """
        return -float(cells @ np.log(self.scale))


def column_moments(rows: Blocks) -> tuple[FloatArray, FloatArray]:
    """Weighted mean and standard deviation (d,) of the observed cells; safe from overflow.

    A column without an observed cell gets mean 0 and standard deviation 0.
    """
    totals, size, anchor = scan(rows)
    totals = np.maximum(totals, np.finfo(float).tiny)
    size[size == 0.0] = 1.0
    # The anchor is a value of the column, so that a large common offset cancels before anything is added up.
    anchor = np.where(np.isnan(anchor), 0.0, anchor)
    shift = reduce(add, rows.map(Deviations(anchor, size))) / totals
    squares = reduce(add, rows.map(Deviations(anchor, size, shift)))
    return anchor + shift * size, np.sqrt(squares / totals) * size


def scan(rows: Blocks) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Weight of the observed cells of each column (d,), the largest size of one, and the first; NaN without one."""
    weight = size = np.zeros(rows.n_features)
    anchor = np.full(rows.n_features, np.nan)
    for block_weight, block_size, first in rows.map(reach):
        weight = weight + block_weight
        size = np.maximum(size, block_size)
        anchor = np.where(np.isnan(anchor), first, anchor)
    return weight, size, anchor


def reach(numbers: Numbers) -> tuple[FloatArray, FloatArray, FloatArray]:
    """`scan` of one block."""
    values, observed, weights = _plain(numbers)
    size = np.abs(np.where(observed, values, 0.0)).max(axis=0, initial=0.0)
    first = values[observed.argmax(axis=0), np.arange(values.shape[1])] if len(values) else np.full(len(size), np.nan)
    return weights.sum(axis=0), size, first


def _plain(numbers: Numbers) -> tuple[FloatArray, BoolArray, FloatArray]:
    """Values (n, d) in C order, so that sums do not depend on how a block is stored, where they are, and weights."""
    values = np.ascontiguousarray(numbers.values)
    observed = ~np.isnan(values)
    return values, observed, np.where(observed, numbers.case_weights[:, None], 0.0)


@dataclass(frozen=True, eq=False)
class Deviations:
    """The sum (d,) over some rows of the deviations from an anchor in units of a size; of their squares about a shift,
    if there is one."""

    anchor: FloatArray
    size: FloatArray
    shift: FloatArray | None = None

    def __call__(self, numbers: Numbers) -> FloatArray:
        values, observed, weights = _plain(numbers)
        deviations = np.where(observed, values / self.size - self.anchor / self.size, 0.0)
        terms = deviations if self.shift is None else (deviations - self.shift) ** 2
        return np.asarray((weights * terms).sum(axis=0))


@dataclass(frozen=True, eq=False)
class Typical:
    """Whether rows (n,) have no cell absurdly far out: those by which the spread of the columns may be measured.

    One cell of 1e12 among ordinary numbers would make all other rows look equal.
    """

    middle: FloatArray
    reach: FloatArray

    def __call__(self, numbers: Numbers) -> BoolArray:
        far = np.abs(0.25 * numbers.values - self.middle) / ABSURD > self.reach
        return np.asarray(~far.any(axis=1))


def typical(sample: FloatArray) -> Typical:
    """What is typical, by the quartiles of some rows (n, d)."""
    observed = np.where(np.isnan(sample).all(axis=0), 0.0, sample)
    # Quarters of the values: differences of the largest doubles must not overflow.
    low, middle, high = np.nanpercentile(0.25 * observed, [25.0, 50.0, 75.0], axis=0)
    return Typical(middle, np.where(high > low, high - low, np.inf))


def working_coordinates(rows: Blocks) -> Coordinates:
    """Coordinates by typical rows: every column about 0, with standard deviation 1."""
    centre, spread = column_moments(rows)
    return Coordinates(centre, np.where(spread > 0.0, spread, 1.0))
