"""k elliptical distributions with means mu_k, scale matrices Sigma_k and tails, stacked on the first axis.

Rows with missing cells belong to the model through the marginal density of their observed cells.  Because the
conditional mean of the missing cells is linear in the observed ones, the expected sufficient statistics of whole
rows follow from the statistics of the observed cells alone: with A = [I; slopes], the scatter of the completed
deviations is A S A', plus counts times the residual covariance (Ghahramani & Jordan 1994 give this E step row by
row).  So nothing is filled in per row while fitting, and complete rows are the case in which A = I.

means        (k, d)                  column units
covariances  (k, d, d) or (k, d)     as the model's layout stores them; scale matrices where the tails are heavy
tail                                 the family: see `protocol`
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from emcli.core.families.elliptical.covariances import Conditional, Covariance
from emcli.core.families.elliptical.normal import Gaussian
from emcli.core.families.elliptical.tails import Tail
from emcli.core.model.fixed import Fixed
from emcli.data.chunk import Chunk, Patterns
from emcli.data.rows import FloatArray, IntArray

NORMAL = Gaussian()


@dataclass(frozen=True, eq=False)
class Elliptical:
    """k components of one family under one covariance model; normal ones if no tail is given."""

    means: FloatArray
    covariances: FloatArray
    model: Covariance
    tail: Tail = NORMAL

    @property
    def name(self) -> str:
        """The family's name in model files."""
        return self.tail.name

    @property
    def n_components(self) -> int:
        return int(self.means.shape[0])

    @property
    def n_features(self) -> int:
        return int(self.means.shape[1])

    @property
    def n_parameters(self) -> int:
        """Free parameters if nothing is fixed."""
        k, d = self.means.shape
        return int(k * d + self.model.n_parameters(k, d)) + self.tail.n_parameters

    def n_fixed(self, fixed: Fixed) -> int:
        """How many of these are fixed."""
        k, d = self.means.shape
        n_free = int((~fixed.covariances).sum())
        covariances = self.model.n_parameters(k, d) - (self.model.n_parameters(n_free, d) if n_free else 0)
        return int(fixed.means.sum() * d + covariances + self.tail.n_parameters * fixed.tails.sum() // k)

    def condition(self, patterns: Patterns) -> Conditional:
        """The covariances split by the patterns; NaN where one is not positive definite."""
        return self.model.layout.condition(self.covariances, patterns)

    def deviations(self, chunk: Chunk) -> FloatArray:
        """z = x - mu_k of the observed cells, (P, k, o, n)."""
        means = np.swapaxes(self.means[:, chunk.patterns.observed], 0, 1)
        deviations: FloatArray = chunk.values[:, None] - means[..., None]
        return deviations

    def squared_distances(self, conditional: Conditional, deviations: FloatArray) -> FloatArray:
        """Squared Mahalanobis distances (P, k, n) of the observed cells."""
        white = self.model.layout.whiten(conditional, deviations)
        squared: FloatArray = np.einsum("pkon,pkon->pkn", white, white)
        return squared

    def keeping(self, before: Elliptical, fixed: Fixed) -> Elliptical:
        """These distributions, but those parameters of the ones before that are fixed."""
        kept = fixed.covariances.reshape((-1,) + (1,) * (self.covariances.ndim - 1))
        return replace(
            self,
            means=np.where(fixed.means[:, None], before.means, self.means),
            covariances=np.where(kept, before.covariances, self.covariances) if kept.any() else self.covariances,
            tail=self.tail.keeping(before.tail, fixed.tails) if fixed.tails.any() else self.tail,
        )

    def canonical(self) -> Elliptical:
        """The same distributions, their covariances written in the one chosen way."""
        return replace(self, covariances=self.model.layout.canonical(self.covariances))

    def reordered(self, order: IntArray) -> Elliptical:
        """The same components in another order, or a selection of them."""
        return replace(
            self, means=self.means[order], covariances=self.covariances[order], tail=self.tail.reordered(order)
        )

    def rescaled(self, centre: FloatArray, scale: FloatArray) -> Elliptical:
        """The distribution of centre + scale x."""
        return replace(
            self, means=centre + scale * self.means, covariances=self.model.layout.rescale(self.covariances, scale)
        )
