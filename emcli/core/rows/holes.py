"""Where a table has holes: which cells are missing together, and whether that says something.

Little's test asks whether the rows of every pattern could be a random sample of all rows (missing completely at
random): with maximum-likelihood mean mu and covariance Sigma of the normal with missing cells, and n_j rows of pattern
j whose observed columns have the mean m_j,

    d^2 = sum_j n_j (m_j - mu_j)' Sigma_jj^-1 (m_j - mu_j)

is about chi-squared with sum_j (columns observed in pattern j) - d degrees of freedom (Little 1988, eq. 5; he
corrects Sigma by n / (n - 1), which R's naniar and this do not).  A small p says that what is missing has to do with
what is observed.  A large one proves nothing, and EM needs only the weaker missing at random.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import add

import numpy as np

from emcli.core.model.mixture import Mixture
from emcli.core.statistics.tail_areas import chi_squared_tail
from emcli.data.blocks import Blocks
from emcli.data.chunk import cut
from emcli.data.rows import BoolArray, FloatArray, IntArray, Numbers


@dataclass(frozen=True, eq=False)
class HolePatterns:
    """Distinct patterns by decreasing number of rows: observed (p, d), and how many rows each has (p,)."""

    observed: BoolArray
    counts: IntArray


@dataclass(frozen=True)
class LittleTest:
    """The statistic, its degrees of freedom and P(a larger one | missing completely at random)."""

    statistic: float
    degrees_of_freedom: int
    p_value: float


def hole_patterns(observed: BoolArray) -> HolePatterns:
    """The patterns among rows (n, d); of equally frequent ones those with fewer holes first."""
    bits = np.ascontiguousarray(np.packbits(observed, axis=1))  # whole bytes are sorted faster than truth values
    keys = bits.view(np.dtype((np.void, bits.shape[1]))).ravel()
    _, first, counts = np.unique(keys, return_index=True, return_counts=True)
    return in_order(observed[first], counts)


def patterns_in(rows: Blocks) -> HolePatterns:
    """The patterns among all rows, in the order of `hole_patterns`."""
    met: dict[bytes, int] = {}
    for found in rows.map(patterns_of_block):
        for mask, n in zip(found.observed, found.counts.tolist(), strict=True):
            met[mask.tobytes()] = met.get(mask.tobytes(), 0) + n
    masks = np.frombuffer(b"".join(met), dtype=np.bool_).reshape(len(met), rows.n_features)
    return in_order(masks, np.array(list(met.values()), dtype=np.intp))


def patterns_of_block(numbers: Numbers) -> HolePatterns:
    """`hole_patterns` of one block."""
    return hole_patterns(~np.isnan(numbers.values))


def in_order(masks: BoolArray, counts: IntArray) -> HolePatterns:
    """Patterns by decreasing number of rows; of equally frequent ones those with fewer holes first."""
    order = np.lexsort((*(~masks).T[::-1], (~masks).sum(axis=1), -counts))
    return HolePatterns(masks[order], counts[order])


def together(rows: Blocks) -> IntArray:
    """In how many rows (d, d) both columns are observed."""
    return reduce(add, rows.map(seen_together), np.zeros((rows.n_features, rows.n_features), dtype=np.intp))


def seen_together(numbers: Numbers) -> IntArray:
    """`together` of one block."""
    present = (~np.isnan(numbers.values)).astype(np.float64)
    return np.asarray(np.rint(present.T @ present), dtype=np.intp)


def pairs_met_at_most(rows: Blocks, n_rows: int) -> list[tuple[int, int]]:
    """Pairs of columns that at most so many rows show together, each by ascending position."""
    counts = together(rows)
    first, second = np.nonzero(np.triu(counts <= n_rows, k=1))
    return list(zip(first.tolist(), second.tolist(), strict=True))


def little_test(rows: Blocks, normal: Mixture) -> LittleTest:
    """Little's test of rows under the one-component mixture fitted to them, both in the same units."""
    family = normal.family
    mean = family.means[0]
    covariance = family.model.layout.dense(family.covariances)[0]
    spread = np.sqrt(np.diagonal(covariance))
    correlation = covariance / np.outer(spread, spread)
    statistic, freedom = 0.0, -rows.n_features
    met: dict[bytes, tuple[int, FloatArray]] = {}
    for found in rows.map(SumsByPattern(mean, spread)):
        for key, (n, sums) in found.items():
            before = met.get(key, (0, 0.0))
            met[key] = before[0] + n, before[1] + sums
    for key, (n, sums) in met.items():
        columns = np.frombuffer(key, dtype=np.intp)
        centre = sums / n
        statistic += n * float(centre @ np.linalg.solve(correlation[np.ix_(columns, columns)], centre))
        freedom += len(columns)
    return LittleTest(statistic, freedom, chi_squared_tail(statistic, freedom))


@dataclass(frozen=True, eq=False)
class SumsByPattern:
    """Of a block's rows by the observed columns: how many, and the sums of their deviations from the mean (o,)."""

    mean: FloatArray
    spread: FloatArray

    def __call__(self, numbers: Numbers) -> dict[bytes, tuple[int, FloatArray]]:
        found: dict[bytes, tuple[int, FloatArray]] = {}
        # One chunk per pattern: chunks that long hold all rows of theirs.
        deviations = (numbers.values - self.mean) / self.spread
        for chunk in cut(deviations, np.ones(numbers.n_rows), max(numbers.n_rows, 1)):
            for p, columns in enumerate(chunk.patterns.observed):
                found[columns.tobytes()] = int((chunk.rows[p] >= 0).sum()), chunk.values[p].sum(axis=1)
        return found
