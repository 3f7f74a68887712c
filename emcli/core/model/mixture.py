"""A mixture p(x) = sum_k pi_k f_k(x) as a value: what files, reports and answers about rows are made of.

weights  (k,)  mixing proportions pi_k; they and the share of the background, if there is one, sum to 1
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from emcli.core.families.elliptical.components import Elliptical
from emcli.core.model.fixed import Fixed
from emcli.core.model.noise import N_PARAMETERS, Noise
from emcli.data.rows import BoolArray, FloatArray, IntArray


class Collapsed(ArithmeticError):
    """A component lost all its rows, or its covariance stopped being one.  The start is dropped, not the run."""


@dataclass(frozen=True, eq=False)
class Mixture:
    """Weights and component distributions; equal_weights holds every weight at 1 / k; noise is a uniform background;
    what is fixed stays as it is."""

    weights: FloatArray
    family: Elliptical
    equal_weights: bool = False
    noise: Noise | None = None
    fixed: Fixed | None = None

    @property
    def n_components(self) -> int:
        return len(self.weights)

    @property
    def n_parameters(self) -> int:
        """Free parameters, as mclust counts them."""
        of_noise = 0 if self.noise is None else N_PARAMETERS
        if self.fixed is None:
            return self.family.n_parameters + (0 if self.equal_weights else self.n_components - 1) + of_noise
        n_free = 0 if self.equal_weights else int((~self.fixed.weights).sum())
        # The weights that are free, that of the background among them, sum to a known number.
        weights = max(n_free + of_noise - 1, 0)
        return self.family.n_parameters - self.family.n_fixed(self.fixed) + weights

    @property
    def shares(self) -> FloatArray:
        """The weights (k,) of the components among themselves, sum 1."""
        return self.weights if self.noise is None else self.weights / self.weights.sum()

    def weighted(self, counts: FloatArray, noise_count: float) -> Mixture:
        """The mixture with the weights of these counts (k,) of rows."""
        if self.equal_weights:
            return self
        if self.fixed is not None and self.fixed.weights.any():
            return self._weighted_free(counts, noise_count, self.fixed.weights)
        if self.noise is None:
            return replace(self, weights=counts / counts.sum())
        total = counts.sum() + noise_count
        return replace(self, weights=counts / total, noise=replace(self.noise, weight=float(noise_count / total)))

    def _weighted_free(self, counts: FloatArray, noise_count: float, kept: BoolArray) -> Mixture:
        """The free weights, that of the background among them, share what the kept ones leave."""
        left = max(1.0 - float(self.weights[kept].sum()), 0.0)
        total = max(float(counts[~kept].sum()) + noise_count, float(np.finfo(np.float64).tiny))
        weights = np.where(kept, self.weights, np.where(kept, 0.0, counts) / total * left)
        noise = None if self.noise is None else replace(self.noise, weight=noise_count / total * left)
        return replace(self, weights=weights, noise=noise)

    def keeping(self, before: Mixture) -> Mixture:
        """This mixture with what is fixed as it was before, to the last bit."""
        if self.fixed is None:
            return self
        kept = replace(self, weights=np.where(self.fixed.weights, before.weights, self.weights))
        weighted = kept.weighted(self.weights, 0.0 if self.noise is None else self.noise.weight)
        return replace(weighted, family=self.family.keeping(before.family, self.fixed))

    def rescaled(self, centre: FloatArray, scale: FloatArray) -> Mixture:
        """The distribution of centre + scale x."""
        noise = None if self.noise is None else self.noise.rescaled(centre, scale)
        return replace(self, family=self.family.rescaled(centre, scale), noise=noise)

    def reordered(self, order: IntArray) -> Mixture:
        """The same components in another order."""
        fixed = None if self.fixed is None else self.fixed.reordered(order)
        return replace(self, weights=self.weights[order], family=self.family.reordered(order), fixed=fixed)

    def canonical(self) -> Mixture:
        """Everything written in the one chosen way: the same clusters get the same numbers."""
        return replace(self, family=self.family.canonical()).ordered()

    def ordered(self) -> Mixture:
        """Components by decreasing weight, ties by their means."""
        return self.reordered(self.order())

    def order(self) -> IntArray:
        """The components (k,) by decreasing weight, ties by their means."""
        return np.lexsort([*reversed(self.family.means.T), -self.weights])
