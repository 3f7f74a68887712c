"""What k-means makes of rows that a mixture has grouped: hard EM with equal round components, columns standardised.

Its clusters are numbered as those of the mixture with which they share most rows, so that the two can be compared.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from emcli.core.fit.fitting import FitOptions, fit_mixture
from emcli.core.statistics.agreement import crosstab
from emcli.data.rows import FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class Contrast:
    """labels (n,) and centres (k, d) of k-means, numbered as the mixture's."""

    labels: IntArray
    centres: FloatArray


def contrast(values: FloatArray, labels: IntArray, n_components: int, seed: int) -> Contrast:
    """k-means on rows (n, d), NaN where missing; raises CannotFit where too few of them differ."""
    options = FitOptions(n_components, covariance="identity", hard=True, scale="std", seed=seed)
    family = fit_mixture(values, np.ones(len(values)), options).mixture.family
    deviations = (values[:, None] - family.means) ** 2 / family.covariances
    nearest = np.nansum(deviations, axis=2).argmin(axis=1)
    number = numbers_like(nearest, labels, n_components)
    return Contrast(number[nearest], family.means[np.argsort(number)])


def numbers_like(labels: IntArray, others: IntArray, k: int) -> IntArray:
    """For each label (k,) the number of the other grouping's that it is paired with, by common rows, largest first."""
    table = np.zeros((k, k))
    inside = others < k  # the background is no cluster of k-means
    counts = crosstab(labels[inside], others[inside]) if inside.any() else np.zeros((1, 1))
    table[: counts.shape[0], : counts.shape[1]] = counts
    number = np.empty(k, dtype=np.intp)
    for _ in range(k):
        a, b = np.unravel_index(int(table.argmax()), table.shape)
        number[a] = b
        table[a, :] = table[:, b] = -1.0
    return number
