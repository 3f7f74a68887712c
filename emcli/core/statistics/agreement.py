"""How far two groupings of the same rows agree.

Both measures look at the table of how many rows have label a in one grouping and label b in the other, and neither
depends on how the groups are numbered.
"""

from __future__ import annotations

import numpy as np

from emcli.data.rows import FloatArray, IntArray


def crosstab(one: IntArray, other: IntArray) -> FloatArray:
    """Counts (a, b) of rows by their labels, which count from 0."""
    shape = int(one.max()) + 1, int(other.max()) + 1
    return np.bincount(one * shape[1] + other, minlength=shape[0] * shape[1]).reshape(shape).astype(np.float64)


def adjusted_rand_index(one: IntArray, other: IntArray) -> float:
    """Share of pairs of rows treated alike, scaled so that chance gives 0 and equality 1 (Hubert & Arabie 1985)."""
    return rand_of_table(crosstab(one, other))


def rand_of_table(table: FloatArray) -> float:
    """The adjusted Rand index of two groupings from their table of counts (a, b)."""

    def pairs(counts: FloatArray) -> float:
        return float((counts * (counts - 1.0)).sum()) / 2.0

    both, rows, columns = pairs(table), pairs(table.sum(axis=1)), pairs(table.sum(axis=0))
    expected = rows * columns / max(pairs(table.sum(keepdims=True)), 1.0)
    most = (rows + columns) / 2.0
    return 1.0 if most == expected else (both - expected) / (most - expected)


def adjusted_rand_indices(labels: IntArray) -> FloatArray:
    """The adjusted Rand index (B, B) of every pair of groupings (B, n) of the same rows, labels from 0."""
    n_groups = int(labels.max()) + 1
    members = (labels[:, None] == np.arange(n_groups)[:, None]).astype(np.float64)
    flat = members.reshape(-1, members.shape[2])
    both = (flat @ flat.T).reshape(len(labels), n_groups, len(labels), n_groups)
    sizes = members.sum(axis=2)
    within = (sizes * (sizes - 1.0)).sum(axis=1) / 2.0
    common = (both * (both - 1.0)).sum(axis=(1, 3)) / 2.0
    n = float(labels.shape[1])
    expected = within[:, None] * within / max(n * (n - 1.0) / 2.0, 1.0)
    most = 0.5 * (within[:, None] + within)
    different = most != expected
    return np.where(different, (common - expected) / np.where(different, most - expected, 1.0), 1.0)


def share_moved(one: IntArray, other: IntArray) -> float:
    """Share of the rows in another group, after groups were paired by their common rows, largest first."""
    table = crosstab(one, other)
    common = 0.0
    for _ in range(min(table.shape)):
        a, b = np.unravel_index(int(table.argmax()), table.shape)
        common += float(table[a, b])
        table[a, :] = table[:, b] = -1.0
    return 1.0 - common / len(one)
