"""Which columns, and which pairs of them, tell the components apart: what to look at first.

Two components are told apart by some columns as far as their marginal densities do not overlap there: 1 - rho, with
rho the Bhattacharyya coefficient (see `description`).  A column's or a pair's score is the average over all pairs
of components, each counted by the product of their weights.  With one component there is nothing to tell apart: columns
keep their order, and pairs are ordered by the size of their correlation.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np

from emcli.core.describe.outlines import Outline
from emcli.data.rows import FloatArray

MOST_PAIRED = 16
"""Pairs are sought among so many most telling columns: 120 pairs are enough to show, 20,000 are not."""


def column_scores(mixture: Outline) -> FloatArray:
    """Scores (d,) from 0 (says nothing) to 1 (says all); all 0 for one component."""
    d = mixture.means.shape[1]
    return np.array([_separation(mixture, [j]) for j in range(d)])


def telling_columns(mixture: Outline) -> list[int]:
    """Positions of all columns, the most telling first."""
    return [int(j) for j in np.argsort(-column_scores(mixture), kind="stable")]


def telling_pairs(mixture: Outline, columns: list[int]) -> list[tuple[int, int]]:
    """Pairs among the first of these columns, the most telling first; in each the column named first comes first."""
    pairs = list(combinations(columns[:MOST_PAIRED], 2))
    if mixture.n_components > 1:
        scores = [_separation(mixture, list(pair)) for pair in pairs]
    else:
        scores = [abs(_correlation(mixture.matrices[0], pair)) for pair in pairs]
    return [pairs[i] for i in np.argsort(-np.array(scores), kind="stable")]


def _separation(mixture: Outline, columns: list[int]) -> float:
    """The weighted average of 1 - rho over all pairs of components in these columns."""
    k = mixture.n_components
    if k == 1:
        return 0.0
    scale = mixture.spread[columns]
    means = mixture.means[:, columns] / scale
    matrices = mixture.matrices[:, columns][:, :, columns] / (scale[:, None] * scale)
    one, other = np.triu_indices(k, 1)
    middle = 0.5 * (matrices[one] + matrices[other])
    apart = (means[one] - means[other])[..., None]
    distance = (apart * np.linalg.solve(middle, apart)).sum(axis=(1, 2))
    log_det = np.linalg.slogdet(matrices)[1]
    log_rho = 0.25 * (log_det[one] + log_det[other]) - 0.5 * np.linalg.slogdet(middle)[1] - distance / 8.0
    shares = mixture.weights[one] * mixture.weights[other]
    return float(shares @ -np.expm1(log_rho) / shares.sum())


def _correlation(matrix: FloatArray, pair: tuple[int, int]) -> float:
    a, b = pair
    return float(matrix[a, b] / np.sqrt(matrix[a, a] * matrix[b, b]))
