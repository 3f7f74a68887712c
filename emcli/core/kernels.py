"""Two ways to bring a chunk of rows and a mixture together: exact in all cases, and fast where it is exact enough.

Both need the same from the data, log densities for the E step and weighted moments for the M step.

* Anchored: deviations z = x - mu_k of every row from every component, then |W z|^2 and sums of r z z'.  Safe at any
  scale; the numbers it makes are k times as many as the data's.
* Expanded: with the features phi = [1, x, x x'] of a row, every log density is linear in phi and every moment is a
  sum of r phi.  So all log densities are one matrix product and all moments another, for all components at once.

Expanding subtracts large numbers where components are tight and far from the origin.  In working coordinates its
error in a log density is about eps |P| R^2, with |P| the norm of the component's precision and R the largest distance
of a row from the origin; where that could exceed TRUSTED the anchored form takes over, chunk by chunk.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from emcli.core.covariances import Conditional, Layout
from emcli.data.chunk import Chunk, Patterns
from emcli.data.table import FloatArray

EPS = float(np.finfo(np.float64).eps)
TRUSTED = 1e-10
"""Largest bound on the error of a log density, in nats, under which the expanded form is used."""


class Prepared(Protocol):
    """What a pass needs to know of k components for one stack of patterns, in whatever form suits it."""

    @property
    def log_norms(self) -> FloatArray:
        """The constants (P, k) of the log densities of the observed columns."""

    @property
    def n_observed(self) -> int:
        """How many columns each of the patterns shows."""

    def view(self, chunk: Chunk) -> View:
        """The rows of a chunk as the components see them."""

    def completed(self, counts: FloatArray, sums: FloatArray, scatter: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Sums (k, d) and scatter over all columns, from the moments that the view has."""

    def error_bound(self, squared_radius: float) -> float:
        """Largest error of a log density, nats, for rows no farther from the origin."""


@dataclass(frozen=True, eq=False)
class Plan:
    """What a pass needs to know of k components for one stack of patterns.

    conditional   the covariances, split by the patterns
    means         (P, k, o)  of the observed columns
    coefficients  (P, k, p)  log density = coefficients x features; None where the layout does not expand
    reach         largest squared distance of a row from the origin for which the expanded form is exact enough
    """

    layout: Layout
    patterns: Patterns
    conditional: Conditional
    means: FloatArray
    coefficients: FloatArray
    reach: float

    @property
    def log_norms(self) -> FloatArray:
        return self.conditional.log_norms

    @property
    def n_observed(self) -> int:
        return int(self.means.shape[2])

    def view(self, chunk: Chunk) -> View:
        """The chunk in the form that is exact enough and fastest."""
        return Expanded(self, chunk) if chunk.squared_radius <= self.reach else Anchored(self, chunk)

    def completed(self, counts: FloatArray, sums: FloatArray, scatter: FloatArray) -> tuple[FloatArray, FloatArray]:
        return self.layout.complete(self.conditional, self.patterns, counts, sums, scatter)

    def error_bound(self, squared_radius: float) -> float:
        return TRUSTED * min(1.0, squared_radius / self.reach)


def plan(layout: Layout, patterns: Patterns, conditional: Conditional, means: FloatArray) -> Plan:
    """Prepare both forms for one stack of patterns."""
    precision = layout.precision_norm(conditional)
    coefficients = layout.coefficients(conditional, means)
    return Plan(layout, patterns, conditional, means, coefficients, TRUSTED / (EPS * max(precision, 1e-300)))


class View(Protocol):
    """A chunk seen by k components."""

    def log_density(self) -> FloatArray:
        """Log density (P, k, n) of the observed cells, nats."""

    def moments(self, responsibilities: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Counts (P, k), sums (P, k, o) and scatter of the observed cells about the means of the components."""


class Anchored:
    """By deviations from the means."""

    def __init__(self, plan: Plan, chunk: Chunk) -> None:
        self._plan = plan
        self.deviations: FloatArray = chunk.values[:, None] - plan.means[..., None]

    def log_density(self) -> FloatArray:
        white = self._plan.layout.whiten(self._plan.conditional, self.deviations)
        density: FloatArray = np.einsum("pkon,pkon->pkn", white, white)
        density *= -0.5
        density += self._plan.conditional.log_norms[..., None]
        return density

    def moments(self, responsibilities: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        weighted = responsibilities[:, :, None] * self.deviations
        scatter = self._plan.layout.scatter(weighted, self.deviations)
        return responsibilities.sum(axis=-1), weighted.sum(axis=-1), scatter


class Expanded:
    """By features of the rows, the same for all components."""

    def __init__(self, plan: Plan, chunk: Chunk) -> None:
        self._plan = plan
        self._features = chunk.derived(plan.layout.features)

    def log_density(self) -> FloatArray:
        return self._plan.coefficients @ self._features

    def moments(self, responsibilities: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        totals = responsibilities @ np.swapaxes(self._features, -1, -2)
        return self._plan.layout.about_means(totals, self._plan.means)
