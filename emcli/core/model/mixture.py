"""A mixture p(x) = sum_k pi_k f_k(x): its E step on one chunk and its M step.

Both steps are pure functions: the E step takes a mixture and a chunk of rows and returns an Expectation, the
M step takes the sum of all Expectations and returns a new mixture.  The log-likelihood in an Expectation belongs
to the mixture that made it, not to the one made from it.

weights  (k,)  mixing proportions pi_k; they and the share of the background, if there is one, sum to 1
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property, reduce
from operator import add

import numpy as np

from emcli.core.families import Elliptical, Moments, Seen
from emcli.core.model.assignment import Assignment
from emcli.core.model.expectation import Expectation
from emcli.core.model.fixed import Fixed
from emcli.core.model.known import Known
from emcli.core.model.noise import N_PARAMETERS, Noise
from emcli.core.passes.filled import Whole
from emcli.core.passes.kernels import Anchored, Plan, Prepared, View
from emcli.data.chunk import Chunk, Patterns
from emcli.data.table import BoolArray, FloatArray, IntArray

STARVED = 1e-8
"""A component with fewer rows than this has collapsed to nothing: its mean would be noise divided by noise."""

MOST_PLANS = 1000
"""Patterns of which the factorised covariances are kept during a pass."""


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

    def updated(self, expectation: Expectation) -> Mixture:
        """The M step; raises Collapsed if a component has lost its rows."""
        counts = expectation.counts
        if not ((counts > STARVED) | (False if self.fixed is None else self.fixed.wholly)).all():
            raise Collapsed("a component lost all its rows")
        try:
            family = self.family.update(expectation, self.fixed)
        except np.linalg.LinAlgError as error:
            raise Collapsed("a covariance is no longer positive definite") from error
        return replace(self.weighted(counts, expectation.noise_count), family=family)

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


class Plans:
    """What a pass needs to know of a mixture's components for each stack of patterns, made when it is wanted.

    A single pattern may have many chunks, in every block, and its covariances are factorised once.  Of a stack of
    several patterns there is one chunk, so nothing is kept for it: a table may have more patterns than memory holds.
    """

    def __init__(self, family: Elliptical) -> None:
        self._family = family
        self._kept: dict[bytes, Plan] = {}

    def __call__(self, patterns: Patterns) -> Plan:
        plan = self._kept.get(patterns.key)
        if plan is None:
            try:
                plan = self._family.plan(patterns)
            except np.linalg.LinAlgError as error:
                raise Collapsed("a covariance is not positive definite") from error
            if len(patterns.observed) == 1 and len(self._kept) < MOST_PLANS:
                self._kept[patterns.key] = plan
        return plan

    def suited(self, chunk: Chunk) -> Prepared:
        """What a pass over this chunk needs, in the form that is exact enough and fastest."""
        whole = None if chunk.patterns.complete else self._whole
        return self(chunk.patterns) if whole is None or not whole.suits(chunk) else whole.plan(chunk.patterns)

    @cached_property
    def _whole(self) -> Whole | None:
        try:
            return self._family.whole()
        except np.linalg.LinAlgError:
            return None


class Expect:
    """The E step of one mixture as a function of a chunk.

    Raises Collapsed where a covariance is not positive definite.
    """

    def __init__(self, mixture: Mixture, assignment: Assignment, known: Known | None = None) -> None:
        self._mixture = mixture
        self._assignment = assignment
        self._known = known
        self._plans = Plans(mixture.family)
        with np.errstate(divide="ignore"):
            self._log_weights = np.log(mixture.weights)[:, None]

    def log_joint(self, chunk: Chunk) -> FloatArray:
        """log pi_k + log f_k(x), (P, k, n), or (P, k + 1, n) with the background last.

        What it says of a row does not depend on the chunk's other rows.
        """
        plan = self._plans(chunk.patterns)
        seen = (self._mixture.family.see(plan, Anchored(plan, tile)) for tile in chunk.tiles(Anchored.rows(plan)))
        return np.concatenate([self._joint(tile, chunk.patterns) for tile in seen], axis=2)

    def _joint(self, seen: Seen, patterns: Patterns) -> FloatArray:
        log_joint = seen.log_density()
        log_joint += self._log_weights
        noise = self._mixture.noise
        if noise is None:
            return log_joint
        background = np.broadcast_to(noise.log_joint(patterns)[:, None, None], (len(log_joint), 1, log_joint.shape[2]))
        return np.concatenate([log_joint, background], axis=1)

    def __call__(self, chunk: Chunk) -> Expectation:
        plan = self._plans.suited(chunk)
        seen = [self._tile(plan, tile, view) for tile, view in plan.views(chunk)]
        moments, energies, noise_counts = zip(*seen, strict=True)
        return self._mixture.family.statistics(plan, chunk, reduce(add, moments), sum(energies), sum(noise_counts))

    def _tile(self, plan: Prepared, tile: Chunk, view: View) -> tuple[Moments, float, float]:
        """Moments, free energy and rows of the background."""
        seen = self._mixture.family.see(plan, view)
        log_joint = self._joint(seen, tile.patterns)
        if self._known is not None:
            self._known.confine(tile, log_joint)
        responsibilities, energy = self._assignment(log_joint, tile.case_weights)
        k = self._mixture.n_components
        moments = seen.moments(responsibilities[:, :k])
        return moments, float(np.vdot(energy, tile.case_weights)), float(responsibilities[:, k:].sum())
