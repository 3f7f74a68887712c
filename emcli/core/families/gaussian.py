"""k normal distributions N(mu_k, Sigma_k), their parameters stacked on the first axis.

Rows with missing cells belong to the model through the marginal density of their observed cells.  Because the
conditional mean of the missing cells is linear in the observed ones, the expected sufficient statistics of whole
rows follow from the statistics of the observed cells alone: with A = [I; slopes], the scatter of the completed
deviations is A S A', plus counts times the residual covariance (Ghahramani & Jordan 1994 give this E step row by
row).  So nothing is filled in per row while fitting, and complete rows are the case in which A = I.

means        (k, d)                  column units
covariances  (k, d, d) or (k, d)     as the model's layout stores them
floor        (d, d) or (d,) or None  no covariance may be lower in any direction; None: no limit
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from emcli.core.covariances import Conditional, Covariance
from emcli.core.expectation import Expectation
from emcli.core.kernels import Plan, View, plan
from emcli.data.chunk import Chunk, Patterns
from emcli.data.table import FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class Gaussian:
    """k Gaussians under one covariance model."""

    name: ClassVar[str] = "gaussian"

    means: FloatArray
    covariances: FloatArray
    model: Covariance
    floor: FloatArray | None = None

    @property
    def n_components(self) -> int:
        return int(self.means.shape[0])

    @property
    def n_features(self) -> int:
        return int(self.means.shape[1])

    @property
    def n_parameters(self) -> int:
        k, d = self.means.shape
        return int(k * d + self.model.n_parameters(k, d))

    def condition(self, patterns: Patterns) -> Conditional:
        """The covariances split by the patterns; raises LinAlgError where one is not positive definite."""
        return self.model.layout.condition(self.covariances, patterns)

    def deviations(self, chunk: Chunk) -> FloatArray:
        """z = x - mu_k of the observed cells, (P, k, o, n)."""
        means = np.swapaxes(self.means[:, chunk.patterns.observed], 0, 1)
        deviations: FloatArray = chunk.values[:, None] - means[..., None]
        return deviations

    def plan(self, patterns: Patterns) -> Plan:
        """What a pass over rows of these patterns needs; raises LinAlgError as `condition` does."""
        return plan(self.model.layout, self.condition(patterns), np.swapaxes(self.means[:, patterns.observed], 0, 1))

    def statistics(
        self, plan: Plan, chunk: Chunk, view: View, responsibilities: FloatArray, energy: float
    ) -> Expectation:
        """Expected counts, sums and scatter of whole rows about the current means.

        responsibilities (P, k, n) already carry the case weights.
        """
        counts, sums, scatter = view.moments(responsibilities)
        whole = self.model.layout.complete(plan.conditional, chunk.patterns, counts, sums, scatter)
        bound = plan.error_bound(chunk.squared_radius)
        return Expectation(energy, counts.sum(axis=0), *whole, error_bound=bound, n_slots=chunk.rows.size)

    def update(self, expectation: Expectation) -> Gaussian:
        """The M step: the maximum-likelihood means and covariances, none below the floor."""
        mean_rows = expectation.counts + expectation.extra_mean_rows
        shift = expectation.sums / mean_rows[:, None]
        scatter = self.model.layout.centre(expectation.scatter, shift, mean_rows)
        rows = expectation.counts + expectation.extra_scatter_rows
        covariances = self.model.estimate(scatter, rows, self.covariances, self.floor)
        return replace(self, means=self.means + shift, covariances=covariances)

    def estimated(self, scatter: FloatArray, counts: FloatArray) -> FloatArray:
        """Covariances under the model and not below the floor, from scatters and counts alone."""
        return self.model.estimate(scatter, counts, floor=self.floor)

    def canonical(self) -> Gaussian:
        """The same distributions, their covariances written in the one chosen way."""
        return replace(self, covariances=self.model.layout.canonical(self.covariances))

    def reordered(self, order: IntArray) -> Gaussian:
        """The same components in another order, or a selection of them."""
        return replace(self, means=self.means[order], covariances=self.covariances[order])

    def rescaled(self, centre: FloatArray, scale: FloatArray) -> Gaussian:
        """The distribution of centre + scale x; the floor belongs to the old units and is left behind."""
        return replace(
            self,
            means=centre + scale * self.means,
            covariances=self.model.layout.rescale(self.covariances, scale),
            floor=None,
        )
