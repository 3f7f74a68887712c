"""The multivariate t distribution: heavy tails, so that rows far out pull less on the means and the scatters.

A row of component k is normal with covariance Sigma_k / u, and u has the gamma distribution of shape and rate nu_k / 2;
Sigma_k is the scale matrix, the covariance is nu / (nu - 2) of it and exists for nu > 2 only.  Given the o observed
cells of a row at squared distance q, u is gamma again with shape (nu + o) / 2 and rate (nu + q) / 2, so that

    E u = (nu + o) / (nu + q),    E log u = psi((nu + o) / 2) - log((nu + q) / 2).

With r the responsibilities, the M step takes means and scatters of rows weighted by r u, scatters still divided by
sum r; missing cells have the conditional mean of the normal, and add their residual covariance weighted by r alone,
since u times Sigma / u leaves no u.  The degrees of freedom, one per component, solve

    log(nu / 2) - psi(nu / 2) + 1 + sum r (E log u - E u) / sum r = 0

(Liu & Rubin 1995; Peel & McLachlan 2000 for mixtures).  All of it is one EM step, so the likelihood never falls; the
degrees of freedom move slowly by themselves, and acceleration takes their logarithms along.

degrees_of_freedom  (k,)  nu
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from emcli.core.families.elliptical.tails import Moments, View
from emcli.core.statistics.gamma import digamma, gamma_quantile, log_gamma, trigamma
from emcli.core.statistics.tail_areas import distance_quantile
from emcli.data.rows import BoolArray, FloatArray, IntArray

LEAST, MOST = 1.0, 1000.0
"""Between Cauchy, whose likelihood is about as rugged as data can bear, and what no table tells from the normal."""

START = 10.0  # mildly heavy: outliers weigh less from the first pass on
LOG_2PI = float(np.log(2.0 * np.pi))
STEPS = 60
SETTLED = 1e-8  # relative change of the degrees of freedom; Newton's next would be its square, below rounding


@dataclass(frozen=True, eq=False)
class StudentT:
    """Tails of t distributions, each with degrees of freedom of its own."""

    name: ClassVar[str] = "t"
    spread: ClassVar[str] = "scale"
    truncated: ClassVar[bool] = False

    degrees_of_freedom: FloatArray

    @classmethod
    def fresh(cls, n_components: int) -> StudentT:
        return cls(np.full(n_components, START))

    @classmethod
    def from_plain(cls, components: Sequence[Mapping[str, Any]]) -> StudentT:
        return cls(np.array([component["degrees_of_freedom"] for component in components], dtype=np.float64))

    def to_plain(self, k: int) -> dict[str, Any]:
        return {"degrees_of_freedom": float(self.degrees_of_freedom[k])}

    @property
    def n_parameters(self) -> int:
        return len(self.degrees_of_freedom)

    @property
    def parameters(self) -> FloatArray:
        return np.log(self.degrees_of_freedom)

    def at(self, parameters: FloatArray) -> StudentT:
        low, high = np.log(LEAST), np.log(MOST)
        inside = np.exp(np.clip(parameters, low, high))
        return StudentT(np.where(parameters >= high, MOST, np.where(parameters <= low, LEAST, inside)))

    @property
    def at_bounds(self) -> dict[str, list[int]]:
        nu = self.degrees_of_freedom
        heavy = f"degrees of freedom at the lower bound of {LEAST:g}: tails as heavy as they may be"
        normal = f"degrees of freedom at the upper bound of {MOST:g}: no different from normal"
        return {
            heavy: np.flatnonzero(nu <= LEAST * (1.0 + SETTLED)).tolist(),
            normal: np.flatnonzero(nu >= MOST * (1.0 - 1e-3)).tolist(),
        }

    def reordered(self, order: IntArray) -> StudentT:
        return StudentT(self.degrees_of_freedom[order])

    def keeping(self, before: StudentT, kept: BoolArray) -> StudentT:
        return StudentT(np.where(kept, before.degrees_of_freedom, self.degrees_of_freedom))

    @property
    def _column(self) -> FloatArray:
        return self.degrees_of_freedom[:, None]

    def see(self, view: View, log_norms: FloatArray, n_observed: int) -> Weighted:
        # The view's log density is log_norms - q / 2, exact to its own error bound: q must not fall below 0.
        squared = np.maximum(2.0 * (log_norms[..., None] - view.log_density()), 0.0)
        return Weighted(self, view, log_norms, squared, n_observed)

    def log_density(self, log_norms: FloatArray, squared: FloatArray, n_observed: int) -> FloatArray:
        nu, o = self.degrees_of_freedom, n_observed
        norms = log_gamma(0.5 * (nu + o)) - log_gamma(0.5 * nu) - 0.5 * o * (np.log(nu) + LOG_2PI - np.log(2.0))
        # log_norms holds -(o / 2) log(2 pi) - (1 / 2) log|Sigma|, of which the determinant alone is wanted
        constant = log_norms + 0.5 * o * LOG_2PI + norms[:, None]
        density: FloatArray = constant - 0.5 * (self._column + o) * np.log1p(squared / self._column)
        return density

    def emphasis(self, squared: FloatArray, n_observed: int) -> FloatArray:
        emphasis: FloatArray = (self._column + n_observed) / (self._column + squared)
        return emphasis

    def updated(self, counts: FloatArray, statistics: FloatArray | float) -> StudentT:
        return StudentT(most_likely(1.0 + statistics / counts, self.degrees_of_freedom))

    def conditional_variance(self, squared: FloatArray, n_observed: int) -> FloatArray:
        freedom = self._column + n_observed - 2.0
        return np.where(freedom > 0.0, (self._column + squared) / np.where(freedom > 0.0, freedom, 1.0), np.inf)

    def conditional_precision(self, squared: FloatArray, n_observed: int, shares: FloatArray) -> FloatArray:
        shapes = 0.5 * (self.degrees_of_freedom + n_observed)
        drawn = np.array([gamma_quantile(shape, shares) for shape in shapes.tolist()])
        return np.asarray(drawn / (0.5 * (self._column + squared)))

    def reach(self, share: float, n_observed: int) -> FloatArray:
        return np.array([distance_quantile(share, n_observed, nu) for nu in self.degrees_of_freedom.tolist()])

    def drawn_precision(
        self, rng: np.random.Generator, labels: IntArray, squared: FloatArray, n_observed: int
    ) -> FloatArray | float:
        shapes = 0.5 * (self.degrees_of_freedom + n_observed)
        rates = 0.5 * (self.degrees_of_freedom + squared)
        return np.asarray(rng.standard_gamma(shapes[labels]) / rates[labels])


@dataclass(frozen=True, eq=False)
class Weighted:
    """A view in which every row carries its expected precision."""

    tail: StudentT
    view: View
    log_norms: FloatArray
    squared: FloatArray
    n_observed: int

    def log_density(self) -> FloatArray:
        return self.tail.log_density(self.log_norms[..., None], self.squared, self.n_observed)

    def moments(self, responsibilities: FloatArray) -> Moments:
        nu = self.tail.degrees_of_freedom
        emphasis = self.tail.emphasis(self.squared, self.n_observed)
        weights = responsibilities * emphasis
        log_emphasis = digamma(0.5 * (nu + self.n_observed))[:, None] - np.log(0.5 * (nu[:, None] + self.squared))
        by_component = np.ascontiguousarray(np.swapaxes(responsibilities * (log_emphasis - emphasis), 0, 1))
        excess = (weights - responsibilities).sum(axis=-1)
        return Moments(self.view.totals(weights), excess, by_component.reshape(len(by_component), -1).sum(axis=1))


def most_likely(excess: FloatArray, near: FloatArray) -> FloatArray:
    """Degrees of freedom (k,) with log(nu / 2) - psi(nu / 2) = -excess, or the bound that is nearer the solution.

    The left side falls from infinity to 0, so there is one solution where the excess is negative.  near (k,) is where
    the search for it begins.
    """
    target = -excess
    # The logarithm of the left side is nearly a straight line in s = log(nu / 2): a few steps of Newton's method.
    low, high = np.log(0.5 * LEAST), np.log(0.5 * MOST)
    s = np.log(0.5 * np.clip(near, LEAST, MOST))
    moving = np.ones(s.shape, dtype=np.bool_)
    for _ in range(STEPS):
        x = np.exp(s)
        gap = np.log(s_log := np.maximum(s - digamma(x), 1e-300)) - np.log(np.maximum(target, 1e-300))
        slope = (1.0 - x * trigamma(x)) / s_log
        better = np.clip(s - gap / slope, low, high)
        going_on = moving & (np.abs(better - s) > SETTLED)
        s, moving = np.where(moving, better, s), going_on  # one that stands still is not touched by the others
        if not moving.any():
            break
    return np.where(s >= high, MOST, np.where(s <= low, LEAST, 2.0 * np.exp(s)))
