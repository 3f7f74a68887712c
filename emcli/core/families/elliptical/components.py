"""k elliptical distributions with means mu_k, scale matrices Sigma_k and tails, stacked on the first axis.

Rows with missing cells belong to the model through the marginal density of their observed cells.  Because the
conditional mean of the missing cells is linear in the observed ones, the expected sufficient statistics of whole
rows follow from the statistics of the observed cells alone: with A = [I; slopes], the scatter of the completed
deviations is A S A', plus counts times the residual covariance (Ghahramani & Jordan 1994 give this E step row by
row).  So nothing is filled in per row while fitting, and complete rows are the case in which A = I.

means        (k, d)                  column units
covariances  (k, d, d) or (k, d)     as the model's layout stores them; scale matrices where the tails are heavy
floor        (d, d) or (d,) or None  no covariance may be lower in any direction; None: no limit
tail                                 the family: see `protocol`
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from emcli.core.families.elliptical.covariances import Conditional, Covariance
from emcli.core.families.elliptical.normal import Gaussian
from emcli.core.families.elliptical.tails import Moments, Seen, Tail
from emcli.core.model.expectation import Expectation
from emcli.core.model.fixed import Fixed
from emcli.core.passes.filled import Whole, whole
from emcli.core.passes.kernels import Plan, Prepared, View, plan
from emcli.data.chunk import Chunk, Patterns
from emcli.data.table import FloatArray, IntArray

NORMAL = Gaussian()
TINY = float(np.finfo(np.float64).tiny) * 1e20


@dataclass(frozen=True, eq=False)
class Elliptical:
    """k components of one family under one covariance model; normal ones if no tail is given."""

    means: FloatArray
    covariances: FloatArray
    model: Covariance
    floor: FloatArray | None = None
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
        """The covariances split by the patterns; raises LinAlgError where one is not positive definite."""
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

    def plan(self, patterns: Patterns) -> Plan:
        """What a pass over rows of these patterns needs; raises LinAlgError as `condition` does."""
        return plan(
            self.model.layout, patterns, self.condition(patterns), np.swapaxes(self.means[:, patterns.observed], 0, 1)
        )

    def whole(self) -> Whole | None:
        """The components ready to complete rows, if that saves anything; raises LinAlgError as `condition` does."""
        if not self.model.layout.joint_columns:
            return None
        return whole(self.means, self.model.layout.dense(self.covariances))

    def see(self, plan: Prepared, view: View) -> Seen:
        """What the components make of a view of some rows."""
        return self.tail.see(view, plan.log_norms, plan.n_observed)

    def statistics(
        self, plan: Prepared, chunk: Chunk, moments: Moments, energy: float, noise_count: float = 0.0
    ) -> Expectation:
        """Expected counts, sums and scatter of whole rows about the current means."""
        of = moments.totals.about_means()
        by_pattern = of.counts - moments.excess
        sums, scatter = plan.completed(by_pattern, of.sums, of.scatter)
        counts = by_pattern.sum(axis=0)
        return Expectation(
            energy,
            counts,
            sums,
            scatter,
            extra_mean_rows=of.counts.sum(axis=0) - counts,
            error_bound=plan.error_bound(chunk.squared_radius),
            n_slots=chunk.rows.size,
            tail=moments.tail,
            noise_count=noise_count,
        )

    def update(self, expectation: Expectation, fixed: Fixed | None = None) -> Elliptical:
        """The M step: the most likely means, covariances (none below the floor) and tails, but for what is fixed."""
        if fixed is not None:
            return self._update_free(expectation, fixed)
        mean_rows = expectation.counts + expectation.extra_mean_rows
        shift = expectation.sums / mean_rows[:, None]
        scatter = self.model.layout.centre(expectation.scatter, shift, mean_rows)
        rows = expectation.counts + expectation.extra_scatter_rows
        covariances = self.model.estimate(scatter, rows, self.covariances, self.floor)
        tail = self.tail.updated(expectation.counts, expectation.tail)
        return replace(self, means=self.means + shift, covariances=covariances, tail=tail)

    def _update_free(self, expectation: Expectation, fixed: Fixed) -> Elliptical:
        """The M step of what is not fixed; components of which nothing is free may have no rows."""
        mean_rows = np.maximum(expectation.counts + expectation.extra_mean_rows, TINY)
        shift = np.where(fixed.means[:, None], 0.0, expectation.sums / mean_rows[:, None])
        covariances = self.covariances
        if not fixed.covariances.all():
            scatter = self.model.layout.centre(expectation.scatter, shift, mean_rows)
            rows = np.maximum(expectation.counts + expectation.extra_scatter_rows, TINY)
            covariances = self.model.estimate(scatter, rows, self.covariances, self.floor)
        tail = self.tail.updated(np.maximum(expectation.counts, TINY), expectation.tail)
        return replace(self, means=self.means + shift, covariances=covariances, tail=tail).keeping(self, fixed)

    def keeping(self, before: Elliptical, fixed: Fixed) -> Elliptical:
        """These distributions, but those parameters of the ones before that are fixed."""
        kept = fixed.covariances.reshape((-1,) + (1,) * (self.covariances.ndim - 1))
        return replace(
            self,
            means=np.where(fixed.means[:, None], before.means, self.means),
            covariances=np.where(kept, before.covariances, self.covariances) if kept.any() else self.covariances,
            tail=self.tail.keeping(before.tail, fixed.tails) if fixed.tails.any() else self.tail,
        )

    def estimated(self, scatter: FloatArray, counts: FloatArray) -> FloatArray:
        """Covariances under the model and not below the floor, from scatters and counts alone."""
        return self.model.estimate(scatter, counts, floor=self.floor)

    def canonical(self) -> Elliptical:
        """The same distributions, their covariances written in the one chosen way."""
        return replace(self, covariances=self.model.layout.canonical(self.covariances))

    def reordered(self, order: IntArray) -> Elliptical:
        """The same components in another order, or a selection of them."""
        return replace(
            self, means=self.means[order], covariances=self.covariances[order], tail=self.tail.reordered(order)
        )

    def rescaled(self, centre: FloatArray, scale: FloatArray) -> Elliptical:
        """The distribution of centre + scale x; the floor belongs to the old units and is left behind."""
        return replace(
            self,
            means=centre + scale * self.means,
            covariances=self.model.layout.rescale(self.covariances, scale),
            floor=None,
        )
