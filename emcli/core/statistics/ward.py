"""Ward's hierarchical clustering: points merged two by two so that the squares within grow as little as possible.

Clusters at the ends of a chain of nearest neighbours are merged when each is the other's nearest; that finds the same
merges as looking at all pairs every time, in a number of distances that grows with the square of the points (Murtagh
1983).  One tree serves every number of clusters.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from emcli.data.rows import FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class Tree:
    """n - 1 merges by ascending height: which two points (n - 1, 2) stand for the clusters that become one."""

    merges: IntArray

    def labels(self, k: int) -> IntArray:
        """The cluster (n,), from 0, of every point when k are left."""
        n = len(self.merges) + 1
        parent = np.arange(n)
        for a, b in self.merges[: n - k].tolist():
            parent[_root(parent, b)] = _root(parent, a)
        roots = np.array([_root(parent, i) for i in range(n)])
        return np.asarray(np.unique(roots, return_inverse=True)[1])


def _root(parent: IntArray, i: int) -> int:
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = int(parent[i])
    return i


def ward(points: FloatArray) -> Tree:
    """The tree of points (n, d)."""
    n = len(points)
    centres, sizes, alive = points.copy(), np.ones(n), np.ones(n, dtype=np.bool_)
    merges, heights = np.zeros((n - 1, 2), dtype=np.intp), np.zeros(n - 1)
    chain: list[int] = []
    for step in range(n - 1):
        if not chain:
            chain.append(int(alive.argmax()))
        while True:
            tip = chain[-1]
            apart = ((centres - centres[tip]) ** 2).sum(axis=1) * (sizes * sizes[tip] / (sizes + sizes[tip]))
            apart[~alive] = np.inf
            apart[tip] = np.inf
            nearest = int(apart.argmin())
            if len(chain) > 1 and apart[chain[-2]] <= apart[nearest]:
                break
            chain.append(nearest)
        a, b = chain.pop(), chain.pop()
        merges[step], heights[step] = (a, b), apart[b]
        total = sizes[a] + sizes[b]
        centres[a] = (sizes[a] * centres[a] + sizes[b] * centres[b]) / total
        sizes[a], alive[b] = total, False
    return Tree(merges[np.argsort(heights, kind="stable")])
