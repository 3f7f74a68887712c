"""Draws from a mixture, and from what is left of it once some columns are known.

A draw takes a component z from the weights, then the row's precision u (1 but for heavy tails), then the row from
N(mu_z, Sigma_z / u); a row of the background is drawn from its box.  With columns given, the mixture of
the other columns is again a mixture of the family: weights times the marginal density of the given values, means and
covariances conditional on them.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from emcli.core.model.assignment import soft
from emcli.core.model.mixture import Mixture
from emcli.core.passes.evaluation import own_coordinates
from emcli.core.passes.log_joint import LogJoint
from emcli.data.chunk import cut
from emcli.data.rows import FloatArray, IntArray


class Sampler:
    """Draws rows (n, d) in data units; columns that are given keep their values."""

    def __init__(self, mixture: Mixture, given: Mapping[int, float]) -> None:
        self._given = dict(given)
        self._coordinates = own_coordinates(mixture)
        inward = self._coordinates.inward_mixture(mixture)
        d = inward.family.n_features
        row = np.full((1, d), np.nan)
        row[0, list(given)] = list(given.values())
        (chunk,) = cut(self._coordinates.inward(row), np.ones(1), 1)
        conditional = inward.family.condition(chunk.patterns)
        layout = inward.family.model.layout
        weights, _ = soft(LogJoint(inward)(chunk))
        self._free = chunk.patterns.missing[0]
        self._weights = weights[0, :, 0]
        deviations = inward.family.deviations(chunk)
        expected = layout.expected(conditional, deviations)[0, :, :, 0]
        self._tail, self._n_given = inward.family.tail, deviations.shape[2]
        self._squared = inward.family.squared_distances(conditional, deviations)[0, :, 0]
        self._means = inward.family.means[:, self._free] + expected
        self._factors = layout.draw_factors(conditional)
        self._noise = inward.noise

    def draw(self, n_rows: int, rng: np.random.Generator) -> tuple[FloatArray, IntArray]:
        """Rows (n, d) in random order of components, and the component of each (n,), from 0; -1 is the background."""
        cumulated = np.cumsum(self._weights)
        labels = np.searchsorted(cumulated / cumulated[-1], rng.random(n_rows), side="right")
        noise = rng.standard_normal((n_rows, len(self._free)))
        k_last = len(self._means) - 1
        precision = self._tail.drawn_precision(rng, np.minimum(labels, k_last), self._squared, self._n_given)
        noise /= np.sqrt(precision)[..., None]
        working = np.empty((n_rows, len(self._coordinates.centre)))
        for k in range(len(self._means)):
            mine = labels == k
            # einsum, not a matrix product: a row's digits must not depend on how many rows are drawn together.
            working[np.ix_(mine, self._free)] = self._means[k] + np.einsum(
                "ij,nj->ni", self._factors[k], noise[mine], optimize=False
            )
        if self._noise is not None:
            spread = self._noise.draw(n_rows, rng)
            working = np.where((labels > k_last)[:, None], spread, working)
            labels = np.where(labels > k_last, -1, labels)
        values = self._coordinates.centre + self._coordinates.scale * working
        for column, value in self._given.items():
            values[:, column] = value
        return values, labels


def draw(
    mixture: Mixture, n_rows: int, rng: np.random.Generator, given: Mapping[int, float]
) -> tuple[FloatArray, IntArray]:
    """Rows (n, d) and their components (n,), from 0; columns given by position keep the given values."""
    return Sampler(mixture, given).draw(n_rows, rng)
