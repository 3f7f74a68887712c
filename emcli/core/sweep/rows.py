"""The rows of a sweep: what every candidate is fitted to, and which rows are held out together.

Every job of a sweep sees the same rows, so they are sent to a worker once and jobs carry only what differs.  The rows
may lie in blocks anywhere; what is said of each of them (its fold, its group, how often it counts) is in memory.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from emcli.core.model.mixture import Mixture
from emcli.core.passes.evaluation import Evaluator
from emcli.core.rows.survey import taking_part
from emcli.data.blocks import Blocks, by_block, flagged, gathered, in_blocks, n_rows, said_of_rows
from emcli.data.membership import Labels
from emcli.data.rows import BoolArray, FloatArray, Numbers


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows to fit and, besides, rows that are only judged.

    table                 data units, NaN where missing, and how often each row counts, >= 0
    columns               names for messages
    folds         (n,)    number of the fold in which a row is held out, -1 for a row that never is
    groups        (n,)    rows with the same number stay together when rows are held out or resampled; None: each
                          row is a group of its own
    test_values   (m, d)  rows of another table that are only judged; None: there are none
    test_weights  (m,)
    """

    table: Blocks
    columns: tuple[str, ...]
    folds: Labels | None = None
    groups: Labels | None = None
    test_values: FloatArray | None = None
    test_weights: FloatArray | None = None

    @property
    def n(self) -> int:
        """How many rows there are."""
        return n_rows(self.table)

    @property
    def n_cells(self) -> int:
        """How many cells they have."""
        return self.n * self.table.n_features

    @cached_property
    def values(self) -> FloatArray:
        """The rows (n, d) in one piece."""
        return gathered(self.table).values

    @cached_property
    def case_weights(self) -> FloatArray:
        """How often each row (n,) counts."""
        return said_of_rows(self.table, weights_of)

    @cached_property
    def used(self) -> BoolArray:
        """Rows (n,) that count: with an observed cell and a weight."""
        return said_of_rows(self.table, taking_part)

    @cached_property
    def total_weight(self) -> float:
        """How many rows there are, each as often as it counts."""
        return sum(self.table.map(weight_of))

    def log_densities(self, mixture: Mixture, flags: BoolArray) -> FloatArray:
        """What the mixture says of the flagged rows (n,), nats."""
        return said_of_rows(self.table, LogDensity(Evaluator(mixture)), by_block(self.table, flags))

    def without(self, fold: int) -> Blocks:
        """The rows that are not held out in a fold."""
        assert self.folds is not None
        return flagged(self.table, self.folds != fold)


def rows_of_arrays(
    values: FloatArray,
    case_weights: FloatArray,
    columns: tuple[str, ...],
    folds: Labels | None = None,
    groups: Labels | None = None,
) -> Rows:
    """Rows (n, d) and their weights (n,) that are in memory; see `Rows`."""
    return Rows(in_blocks(values, case_weights), columns, folds, groups)


def weights_of(numbers: Numbers) -> FloatArray:
    """How often each row of a block counts."""
    return numbers.case_weights


def weight_of(numbers: Numbers) -> float:
    """How often the rows of a block that take part count together."""
    return float(numbers.case_weights[taking_part(numbers)].sum())


@dataclass(frozen=True, eq=False)
class LogDensity:
    """Log densities of the flagged rows of a block."""

    evaluate: Evaluator

    def __call__(self, numbers: Numbers, flags: BoolArray) -> FloatArray:
        return self.evaluate(numbers.values[flags]).log_density


def informative(values: FloatArray, case_weights: FloatArray) -> BoolArray:
    """Which rows (n,) have an observed cell and count at all."""
    return taking_part(Numbers(values, case_weights))
