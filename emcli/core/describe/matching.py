"""Which component of one mixture is which of another, and how the two differ.

Components are paired so that the sum of their Bhattacharyya distances is smallest.  The distance is 0 for equal
components, grows with the gap between means and with the difference in size and shape, has no upper bound (so that
near and far can be told apart where nothing overlaps), and does not depend on the units of the columns.  Where the
mixtures have different numbers of components, all of the smaller one are paired and the others stay alone.

For a pair with covariances A and B, lambda are the eigenvalues of A^-1 B, the squared stretches from A to B:

    size   exp(mean log lambda / 2)            how much wider B is, on the average over directions
    shape  exp((max - min) log lambda / 2)     1 if B is A made wider or narrower; otherwise how uneven the stretch is
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from emcli.core.describe.description import bhattacharyya_distances, spreads
from emcli.core.model.mixture import Mixture
from emcli.core.passes.evaluation import own_coordinates
from emcli.data.rows import FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class Pair:
    """Component a of the first mixture and b of the second, from 0.

    shifts     (d,)  (mean b - mean a) / sd, the sd pooled: the root of the mean of both variances
    stretches  (d,)  sd b / sd a of each column
    """

    a: int
    b: int
    overlap: float
    shifts: FloatArray
    stretches: FloatArray
    size: float
    shape: float


@dataclass(frozen=True, eq=False)
class Matching:
    """All pairs in the order of the first mixture, who stays alone, and all overlaps (k_a, k_b)."""

    pairs: tuple[Pair, ...]
    alone_a: tuple[int, ...]
    alone_b: tuple[int, ...]
    overlaps: FloatArray


def match(one: Mixture, other: Mixture) -> Matching:
    """Pair the components of two mixtures of the same columns in the same order."""
    distances = bhattacharyya_distances(one, other)
    rows, columns = assignment(distances)
    overlaps = np.exp(-distances)
    return Matching(
        tuple(compared(one, other, int(a), int(b), overlaps[a, b]) for a, b in zip(rows, columns, strict=True)),
        tuple(a for a in range(one.n_components) if a not in rows),
        tuple(b for b in range(other.n_components) if b not in columns),
        overlaps,
    )


def compared(one: Mixture, other: Mixture, a: int, b: int, overlap: float) -> Pair:
    """How a component differs from its partner."""
    sd_a, sd_b = spreads(one)[a], spreads(other)[b]
    coordinates = own_coordinates(one)
    first, second = (coordinates.inward_mixture(mixture).family for mixture in (one, other))
    from_, to = first.model.layout.dense(first.covariances)[a], second.model.layout.dense(second.covariances)[b]
    white = np.linalg.inv(np.linalg.cholesky(from_))
    logs = np.log(np.maximum(np.linalg.eigvalsh(white @ to @ white.T), np.finfo(float).tiny))
    return Pair(
        a=a,
        b=b,
        overlap=float(overlap),
        shifts=(other.family.means[b] - one.family.means[a]) / np.sqrt(0.5 * (sd_a**2 + sd_b**2)),
        stretches=sd_b / sd_a,
        size=float(np.exp(0.5 * logs.mean())),
        shape=float(np.exp(0.5 * (logs.max() - logs.min()))),
    )


def assignment(costs: FloatArray) -> tuple[IntArray, IntArray]:
    """Rows and columns, as many as the smaller side has, whose costs have the smallest sum; rows ascend.

    The Hungarian method in its shortest-path form: rows are added one by one, each along the cheapest alternating
    path under prices that keep all reduced costs at 0 or above.
    """
    if costs.shape[0] > costs.shape[1]:
        columns, rows = assignment(costs.T)
        order = np.argsort(rows)
        return rows[order], columns[order]
    n, m = costs.shape
    row_prices, column_prices = np.zeros(n + 1), np.zeros(m + 1)
    owner = np.zeros(m + 1, dtype=np.intp)  # the row of each column, from 1; column 0 is where a new row waits
    for row in range(1, n + 1):
        owner[0], at = row, 0
        nearest, before, seen = np.full(m + 1, np.inf), np.zeros(m + 1, dtype=np.intp), np.zeros(m + 1, dtype=np.bool_)
        while owner[at]:
            seen[at] = True
            here = owner[at]
            reduced = costs[here - 1] - row_prices[here] - column_prices[1:]
            closer = ~seen[1:] & (reduced < nearest[1:])
            nearest[1:][closer], before[1:][closer] = reduced[closer], at
            following = int(np.where(seen, np.inf, nearest)[1:].argmin()) + 1
            step = nearest[following]
            row_prices[owner[seen]] += step
            column_prices[seen] -= step
            nearest[~seen] -= step
            at = following
        while at:
            owner[at], at = owner[before[at]], before[at]
    columns = np.flatnonzero(owner[1:])
    rows = owner[1:][columns] - 1
    order = np.argsort(rows)
    return rows[order], columns[order]
