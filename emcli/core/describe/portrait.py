"""What rows look like to a mixture, in a few means and spreads: to be kept with the fit and compared later.

For every row these numbers are taken, and of each the weighted mean and spread over the rows are kept:

    log density                     nats, of the observed cells
    outside                         1 if the row lies outside the 99.9 % region (see `regions`), else 0
    responsibilities                k numbers; their means are the shares of the components; with a background one more
    cells                           d numbers in data units, those that are there
    missing                         d numbers, 1 where the cell is missing

A row with nothing observed has no log density, no responsibilities and no place; its missing cells count.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from emcli.core.describe.regions import Region
from emcli.core.model.mixture import Mixture
from emcli.core.passes.evaluation import Evaluation, Evaluator
from emcli.core.statistics.moments import Moments
from emcli.data.blocks import Blocks
from emcli.data.rows import FloatArray, Numbers

ROWS_AT_ONCE = 50_000


@dataclass(frozen=True, eq=False)
class Portrait:
    """Means of the rows; see the module's docstring.

    n         rows, by their weights, with something observed; every: all of them
    density   mean and standard deviation of the log density, nats
    outside   share of the rows outside the region
    shares    (k,)  mean responsibilities, that of the background last
    means, deviations, missing  (d,)  of the observed cells, column units; share of missing cells
    """

    n: float
    every: float
    density: tuple[float, float]
    outside: float
    shares: FloatArray
    means: FloatArray
    deviations: FloatArray
    missing: FloatArray


class Sitting:
    """Takes rows in any number of pieces and makes the portrait."""

    def __init__(self, mixture: Mixture) -> None:
        self.evaluate = Evaluator(mixture)
        self._region = Region(mixture)
        self._k = mixture.n_components + (mixture.noise is not None)
        self._d = mixture.family.n_features
        self.moments = Moments.none(2 + self._k + 2 * self._d)

    def add(self, values: FloatArray, case_weights: FloatArray, said: Evaluation) -> None:
        """Look at rows (n, d) in data units, NaN where missing, of which the mixture says this."""
        self.moments += self.seen(values, case_weights, said)

    def seen(self, values: FloatArray, case_weights: FloatArray, said: Evaluation) -> Moments:
        """The numbers that are taken of such rows, without adding them."""
        missing = np.isnan(values)
        looks = np.column_stack([said.log_density, self._region.outside(values), said.responsibilities])
        looks[missing.all(axis=1)] = np.nan
        return Moments.of(np.column_stack([looks, values, missing]), case_weights)

    def portrait(self) -> Portrait:
        """What has been seen so far."""
        seen, k, d = self.moments, self._k, self._d
        cells = slice(2 + k, 2 + k + d)
        return Portrait(
            n=float(seen.weight[0]),
            every=float(seen.weight[-1]),
            density=(float(seen.mean[0]), float(seen.deviation[0])),
            outside=float(seen.mean[1]),
            shares=seen.mean[2 : 2 + k],
            means=seen.mean[cells],
            deviations=seen.deviation[cells],
            missing=seen.mean[2 + k + d :],
        )


def portrait_of(mixture: Mixture, rows: Blocks) -> Portrait:
    """The portrait of rows in data units."""
    sitting = Sitting(mixture)
    for moments in rows.map(Looks(mixture)):
        sitting.moments += moments
    return sitting.portrait()


@dataclass(frozen=True, eq=False)
class Looks:
    """The numbers that are taken of the rows of a block."""

    mixture: Mixture

    def __call__(self, numbers: Numbers) -> Moments:
        sitting = Sitting(self.mixture)
        for first in range(0, numbers.n_rows, ROWS_AT_ONCE):
            some = slice(first, first + ROWS_AT_ONCE)
            values = np.ascontiguousarray(numbers.values[some])
            sitting.add(values, numbers.case_weights[some], sitting.evaluate(values))
        return sitting.moments
