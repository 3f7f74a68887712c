"""The coordinates in which a fit runs: columns centred and scaled once, from the data.

Sums of squares then keep their digits whatever the units and offsets of the columns, and thresholds can be plain
numbers.  A model that cannot express a change of units of single columns (spherical, identity) gets coordinates
that it can: one common factor, or a shift only.

centre, scale  (d,)  working value = (value - centre) / scale
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from emcli.core.mixture import Mixture
from emcli.data.table import BoolArray, FloatArray
from emcli.errors import CannotFit

ABSURD = 1e4  # interquartile ranges from the median beyond which a cell says nothing about a column's spread
QUARTILE_ROWS = 20_000  # rows that are enough to know the quartiles of a column


@dataclass(frozen=True, eq=False)
class Coordinates:
    """An affine map per column between data units and working units."""

    centre: FloatArray
    scale: FloatArray

    def inward(self, values: FloatArray) -> FloatArray:
        """Data units to working units."""
        return (values - self.centre) / self.scale

    def outward(self, mixture: Mixture) -> Mixture:
        """A mixture fitted in working units, in data units."""
        return replace(mixture, family=mixture.family.rescaled(self.centre, self.scale))

    def inward_mixture(self, mixture: Mixture) -> Mixture:
        """A mixture in data units, in working units."""
        return replace(mixture, family=mixture.family.rescaled(-self.centre / self.scale, 1.0 / self.scale))

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

    def log_jacobian(self, values: FloatArray, case_weights: FloatArray) -> float:
        """What is added to a log-likelihood in working units to have it in data units, nats."""
        cells = case_weights @ ~np.isnan(values)
        return -float(cells @ np.log(self.scale))


def column_moments(values: FloatArray, case_weights: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Weighted mean and standard deviation (d,) of the observed cells; two passes, safe from overflow.

    A column without an observed cell gets mean 0 and standard deviation 0.
    """
    observed = ~np.isnan(values)
    weights = np.where(observed, case_weights[:, None], 0.0)
    totals = np.maximum(weights.sum(axis=0), np.finfo(float).tiny)
    size = np.abs(np.where(observed, values, 0.0)).max(axis=0, initial=0.0)
    size[size == 0.0] = 1.0
    # The anchor is a value of the column, so that a large common offset cancels before anything is added up.
    anchor = values[observed.argmax(axis=0), np.arange(values.shape[1])]
    anchor = np.where(np.isnan(anchor), 0.0, anchor)
    deviations = np.where(observed, values / size - anchor / size, 0.0)
    shift = (weights * deviations).sum(axis=0) / totals
    spread = np.sqrt((weights * (deviations - shift) ** 2).sum(axis=0) / totals)
    return anchor + shift * size, spread * size


def typical_rows(values: FloatArray) -> BoolArray:
    """Rows (n,) without a cell absurdly far out: those by which the spread of the columns may be measured.

    One cell of 1e12 among ordinary numbers would make all other rows look equal.
    """
    sample = values[:: max(1, len(values) // QUARTILE_ROWS)]
    observed = np.where(np.isnan(sample).all(axis=0), 0.0, sample)
    # Quarters of the values: differences of the largest doubles must not overflow.
    low, middle, high = np.nanpercentile(0.25 * observed, [25.0, 50.0, 75.0], axis=0)
    reach = np.where(high > low, high - low, np.inf)
    return np.asarray(~(np.abs(0.25 * values - middle) / ABSURD > reach).any(axis=1))


def working_coordinates(values: FloatArray, case_weights: FloatArray, invariance: str) -> Coordinates:
    """Coordinates for data under a model of the given invariance: 'columns', 'common' or 'shift'."""
    typical = typical_rows(values)
    centre, spread = column_moments(values[typical], case_weights[typical])
    spread = np.where(spread > 0.0, spread, 1.0)
    common = np.exp(np.log(spread).mean())
    scales = {"columns": spread, "common": np.full_like(spread, common), "shift": np.ones_like(spread)}
    return Coordinates(centre, scales[invariance])
