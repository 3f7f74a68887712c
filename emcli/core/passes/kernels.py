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

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Protocol, Self

import numpy as np

from emcli.core.families.elliptical.covariances import Conditional, Layout
from emcli.data.chunk import Chunk, Patterns
from emcli.data.table import FloatArray

EPS = float(np.finfo(np.float64).eps)
TRUSTED = 1e-10
"""Largest bound on the error of a log density, in nats, under which the expanded form is used."""

SMALL_PRODUCT = 1_000_000
"""Multiplications up to which OpenBLAS has kernels that skip the copying of the factors: up to twice as fast."""

FEWEST_ROWS = 256
"""Below which the calls cost more than the cache saves."""

IN_CACHE = 3 << 18
"""Numbers that are quickly at hand on the processors tried: six megabytes."""


class Prepared(Protocol):
    """What a pass needs to know of k components for one stack of patterns, in whatever form suits it."""

    @property
    def log_norms(self) -> FloatArray:
        """The constants (P, k) of the log densities of the observed columns."""

    @property
    def n_observed(self) -> int:
        """How many columns each of the patterns shows."""

    def views(self, chunk: Chunk) -> Iterator[tuple[Chunk, View]]:
        """The chunk in pieces that fit the processor's cache, and each as the components see it."""

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

    def views(self, chunk: Chunk) -> Iterator[tuple[Chunk, View]]:
        """All pieces in the form that is exact enough and fastest."""
        form: type[Expanded | Anchored] = Expanded if chunk.squared_radius <= self.reach else Anchored
        return ((tile, form(self, tile)) for tile in chunk.tiles(form.rows(self)))

    def completed(self, counts: FloatArray, sums: FloatArray, scatter: FloatArray) -> tuple[FloatArray, FloatArray]:
        return self.layout.complete(self.conditional, self.patterns, counts, sums, scatter)

    def error_bound(self, squared_radius: float) -> float:
        return TRUSTED * min(1.0, squared_radius / self.reach)


def plan(layout: Layout, patterns: Patterns, conditional: Conditional, means: FloatArray) -> Plan:
    """Prepare both forms for one stack of patterns."""
    precision = layout.precision_norm(conditional)
    coefficients = layout.coefficients(conditional, means)
    return Plan(layout, patterns, conditional, means, coefficients, TRUSTED / (EPS * max(precision, 1e-300)))


class Totals(Protocol):
    """Weighted sums over some rows of a chunk; those of disjoint rows add."""

    def __add__(self, other: Self, /) -> Self: ...

    def about_means(self) -> Central:
        """The same about the means of the components."""


@dataclass(frozen=True, eq=False)
class Central:
    """counts (P, k), sums (P, k, o) and scatter of the observed cells about the means of the components."""

    counts: FloatArray
    sums: FloatArray
    scatter: FloatArray

    def __add__(self, other: Central) -> Central:
        return Central(self.counts + other.counts, self.sums + other.sums, self.scatter + other.scatter)

    def about_means(self) -> Central:
        return self


@dataclass(frozen=True, eq=False)
class Raw:
    """Weighted sums (P, k, p) of features."""

    plan: Plan
    sums: FloatArray

    def __add__(self, other: Raw) -> Raw:
        return Raw(self.plan, self.sums + other.sums)

    def about_means(self) -> Central:
        return Central(*self.plan.layout.about_means(self.sums, self.plan.means))


class View(Protocol):
    """Rows seen by k components."""

    def log_density(self) -> FloatArray:
        """Log density (P, k, n) of the observed cells, nats."""

    def totals(self, weights: FloatArray) -> Totals:
        """Sums over the rows, which count with weights (P, k, n)."""


class Anchored:
    """By deviations from the means."""

    def __init__(self, plan: Plan, chunk: Chunk) -> None:
        self._plan = plan
        self.deviations: FloatArray = chunk.values[:, None] - plan.means[..., None]

    @staticmethod
    def rows(plan: Plan) -> int:
        """How many rows a tile should have."""
        return rows_at_once(plan.means.size)

    def log_density(self) -> FloatArray:
        white = self._plan.layout.whiten(self._plan.conditional, self.deviations)
        density: FloatArray = np.einsum("pkon,pkon->pkn", white, white)
        density *= -0.5
        density += self._plan.conditional.log_norms[..., None]
        return density

    def totals(self, weights: FloatArray) -> Totals:
        weighted = weights[:, :, None] * self.deviations
        scatter = self._plan.layout.scatter(weighted, self.deviations)
        return Central(weights.sum(axis=-1), weighted.sum(axis=-1), scatter)


class Expanded:
    """By features of the rows, the same for all components."""

    def __init__(self, plan: Plan, chunk: Chunk) -> None:
        self._plan = plan
        self._features = chunk.derived(plan.layout.features)

    @staticmethod
    def rows(plan: Plan) -> int:
        """How many rows a tile should have."""
        n_patterns, k, n_features = plan.coefficients.shape
        return _power_of_two(int(IN_CACHE / (n_patterns * max(k, n_features))))

    def log_density(self) -> FloatArray:
        coefficients, features = self._plan.coefficients, self._features
        density = np.empty((*coefficients.shape[:2], features.shape[2]))
        for rows, length in self._stretches():
            np.matmul(coefficients, cut_along(features[..., rows], length), out=cut_along(density[..., rows], length))
        return density

    def totals(self, weights: FloatArray) -> Totals:
        parts = [
            (cut_along(weights[..., rows], length) @ np.swapaxes(cut_along(self._features[..., rows], length), -1, -2))
            for rows, length in self._stretches()
        ]
        return Raw(self._plan, reduce(add, (part.sum(axis=0) for part in parts)))

    def _stretches(self) -> Iterator[tuple[slice, int]]:
        """Rows that divide into lengths whose products are small, where those are long enough, and the rest."""
        n = self._features.shape[2]
        wanted = SMALL_PRODUCT // self._plan.coefficients[0].size
        length = n if wanted < FEWEST_ROWS else min(n, 1 << (wanted.bit_length() - 1))
        whole = n - n % max(length, 1)
        return ((slice(a, b), min(length, b - a)) for a, b in ((0, whole), (whole, n)) if b > a)


def cut_along(array: FloatArray, length: int) -> FloatArray:
    """An array (P, m, n) as (n / length, P, m, length), without a copy: one call for many products."""
    n_patterns, m, n = array.shape
    p, row, one = array.strides
    pieces: FloatArray = np.lib.stride_tricks.as_strided(
        array, (n // length, n_patterns, m, length), (length * one, p, row, one)
    )
    return pieces


def rows_at_once(n_numbers: int) -> int:
    """How many rows should be treated together if several temporaries have so many numbers for each row."""
    return _power_of_two(IN_CACHE // 4 // max(n_numbers, 1))  # a row without an observed cell has none


def _power_of_two(wanted: int) -> int:
    """The nearest one, and not below FEWEST_ROWS."""
    return 1 << round(math.log2(max(wanted, FEWEST_ROWS)))
