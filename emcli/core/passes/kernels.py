"""Two ways to bring a chunk of rows and components together: exact in all cases, and fast where it is exact enough.

Both need the same from the data, log densities for the E step and weighted moments for the M step.

* Anchored: deviations z = x - mu of every row from every component, then |W z|^2 and sums of r z z'.  Safe at any
  scale; the numbers it makes are as many times the data's as there are components.
* Expanded: with the features phi = [1, x, x x'] of a row, every log density is linear in phi and every moment is a
  sum of r phi.  So all log densities are matrix products and all moments others.

Expanding subtracts large numbers where components are tight and far from the origin.  In working coordinates its
error in a log density is about eps |P| R^2, with |P| the norm of the component's precision and R the largest distance
of a row from the origin; where that could exceed TRUSTED the anchored form takes over, mixture by mixture and chunk by
chunk.

The components are those of B mixtures of k each, C = B k of them.  A product of matrices rounds by its shape, so each
mixture has products of its own, k rows high: what is computed for it does not depend on the others.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import reduce
from operator import add
from typing import Protocol, Self

import numpy as np

from emcli.core.families.elliptical.components import Elliptical
from emcli.core.families.elliptical.covariances import Conditional, Layout
from emcli.core.families.elliptical.tails import Central, Totals, View
from emcli.data.chunk import Chunk, Patterns
from emcli.data.rows import FloatArray, IntArray

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
    """What a pass needs to know of B mixtures of k components for one stack of patterns, in a form that suits them."""

    @property
    def log_norms(self) -> FloatArray:
        """The constants (P, C) of the log densities of the observed columns."""

    @property
    def n_observed(self) -> int:
        """How many columns each of the patterns shows."""

    @property
    def tightness(self) -> FloatArray:
        """The traces (C,) of the precisions, of what a pattern shows at most."""

    def completed(self, counts: FloatArray, sums: FloatArray, scatter: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Sums (C, d) and scatter over all columns, from the moments that the view has."""

    def error_bounds(self, squared_radius: float) -> FloatArray:
        """Largest error (C,) of a log density, nats, for rows no farther from the origin."""

    def tile_rows(self, k: int) -> int:
        """How many rows should be worked on together."""

    def view(self, tile: Chunk, k: int) -> View:
        """Some rows as the components see them."""

    def among(self, components: slice | IntArray) -> Self:
        """The same for some of the components."""


@dataclass(frozen=True, eq=False)
class Plan:
    """What a pass needs to know of the components for one stack of patterns.

    conditional   the covariances, split by the patterns
    means         (P, C, o)  of the observed columns
    coefficients  (P, C, p)  log density = coefficients x features
    reach         (C,)       largest squared distance of a row from the origin for which expanding is exact enough
    expanded                 which of the two forms is wanted
    """

    layout: Layout
    patterns: Patterns
    conditional: Conditional
    means: FloatArray
    coefficients: FloatArray
    reach: FloatArray
    expanded: bool = True

    @property
    def log_norms(self) -> FloatArray:
        return self.conditional.log_norms

    @property
    def n_observed(self) -> int:
        return int(self.means.shape[2])

    @property
    def tightness(self) -> FloatArray:
        return TRUSTED / EPS / self.reach

    def completed(self, counts: FloatArray, sums: FloatArray, scatter: FloatArray) -> tuple[FloatArray, FloatArray]:
        return self.layout.complete(self.conditional, self.patterns, counts, sums, scatter)

    def error_bounds(self, squared_radius: float) -> FloatArray:
        return TRUSTED * np.minimum(1.0, squared_radius / self.reach)

    def tile_rows(self, k: int) -> int:
        n_patterns, _, width = self.coefficients.shape
        if self.expanded:
            return _power_of_two(int(IN_CACHE / (n_patterns * max(k, width))))
        return rows_at_once(n_patterns * k * self.n_observed)

    def view(self, tile: Chunk, k: int) -> View:
        return Expanded(self, tile, k) if self.expanded else Anchored(self, tile)

    def among(self, components: slice | IntArray) -> Plan:
        some = (slice(None), components)
        of = self.conditional
        split = Conditional(of.log_norms[some], of.factors[some], part(of.slopes, components), of.residuals[some])
        reach = self.reach[components]
        return replace(
            self, conditional=split, means=self.means[some], coefficients=self.coefficients[some], reach=reach
        )

    def anchored(self) -> Plan:
        """The same in the form that is safe at any scale."""
        return replace(self, expanded=False)


def part(slopes: FloatArray, components: slice | IntArray) -> FloatArray:
    """The slopes of some components; a layout without regression between columns has none."""
    return slopes[:, components] if slopes.ndim > 1 else slopes


def plan_of(family: Elliptical, patterns: Patterns) -> Plan:
    """Both forms for one stack of patterns."""
    layout = family.model.layout
    with np.errstate(all="ignore"):
        conditional = family.condition(patterns)
        means = np.swapaxes(family.means[:, patterns.observed], 0, 1)
        precision = np.maximum(layout.precision_norm(conditional), 1e-300)
        coefficients = layout.coefficients(conditional, means)
        return Plan(layout, patterns, conditional, means, coefficients, TRUSTED / (EPS * precision))


@dataclass(frozen=True, eq=False)
class Raw:
    """Weighted sums (P, C, p) of features."""

    plan: Plan
    sums: FloatArray

    def __add__(self, other: Raw) -> Raw:
        return Raw(self.plan, self.sums + other.sums)

    def about_means(self) -> Central:
        return Central(*self.plan.layout.about_means(self.sums, self.plan.means))


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

    def totals(self, weights: FloatArray) -> Totals:
        weighted = weights[:, :, None] * self.deviations
        scatter = self._plan.layout.scatter(weighted, self.deviations)
        return Central(weights.sum(axis=-1), weighted.sum(axis=-1), scatter)


class Expanded:
    """By features of the rows, the same for all components."""

    def __init__(self, plan: Plan, chunk: Chunk, k: int) -> None:
        self._plan, self._k = plan, k
        self._features = chunk.derived(plan.layout.features)

    def log_density(self) -> FloatArray:
        n_patterns, n_components, width = self._plan.coefficients.shape
        coefficients = self._plan.coefficients.reshape(n_patterns, -1, self._k, width)
        features, n = self._features[:, None], self._features.shape[2]
        if self._length == n:
            whole: FloatArray = np.matmul(coefficients, features)
            return whole.reshape(n_patterns, n_components, n)
        density = np.empty((*coefficients.shape[:3], n))
        for rows, length in self._stretches():
            np.matmul(coefficients, cut_along(features[..., rows], length), out=cut_along(density[..., rows], length))
        return density.reshape(n_patterns, n_components, n)

    def totals(self, weights: FloatArray) -> Totals:
        n_patterns, n_components, n = weights.shape
        of_each = weights.reshape(n_patterns, -1, self._k, n)
        features = self._features[:, None]
        if self._length == n:
            return Raw(self._plan, (of_each @ np.swapaxes(features, -1, -2)).reshape(n_patterns, n_components, -1))
        parts = []
        for rows, length in self._stretches():
            pieces = np.swapaxes(cut_along(features[..., rows], length), -1, -2)
            parts.append((cut_along(of_each[..., rows], length) @ pieces).sum(axis=0))
        return Raw(self._plan, reduce(add, parts).reshape(n_patterns, n_components, -1))

    def _stretches(self) -> Iterator[tuple[slice, int]]:
        """Rows that divide into lengths whose products are small, where those are long enough, and the rest."""
        n, length = self._features.shape[2], self._length
        whole = n - n % max(length, 1)
        return ((slice(a, b), min(length, b - a)) for a, b in ((0, whole), (whole, n)) if b > a)

    @property
    def _length(self) -> int:
        """How many rows a product has."""
        n = int(self._features.shape[2])
        wanted = SMALL_PRODUCT // (self._k * self._features.shape[1])
        return n if wanted < FEWEST_ROWS else min(n, 1 << (wanted.bit_length() - 1))


def cut_along(array: FloatArray, length: int) -> FloatArray:
    """An array (..., n) as (n / length, ..., length), without a copy: one call for many products."""
    *outer, one = array.strides
    pieces: FloatArray = np.lib.stride_tricks.as_strided(
        array, (array.shape[-1] // length, *array.shape[:-1], length), (length * one, *outer, one)
    )
    return pieces


def rows_at_once(n_numbers: int) -> int:
    """How many rows should be treated together if several temporaries have so many numbers for each row."""
    return _power_of_two(IN_CACHE // 4 // max(n_numbers, 1))  # a row without an observed cell has none


def _power_of_two(wanted: int) -> int:
    """The nearest one, and not below FEWEST_ROWS."""
    return 1 << round(math.log2(max(wanted, FEWEST_ROWS)))
