"""The normal distribution: every row counts the same, however far out it is, and there is nothing to estimate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from emcli.core.families.elliptical.tails import Moments, View
from emcli.core.statistics.tail_areas import distance_quantile
from emcli.data.rows import BoolArray, FloatArray, IntArray


@dataclass(frozen=True)
class Gaussian:
    """Tails of the normal distribution."""

    name: ClassVar[str] = "gaussian"
    spread: ClassVar[str] = "sd"
    truncated: ClassVar[bool] = True

    @classmethod
    def fresh(cls, n_components: int) -> Gaussian:
        return cls()

    @classmethod
    def from_plain(cls, components: Sequence[Mapping[str, Any]]) -> Gaussian:
        return cls()

    def to_plain(self, k: int) -> dict[str, Any]:
        return {}

    @property
    def n_parameters(self) -> int:
        return 0

    @property
    def parameters(self) -> FloatArray:
        return np.empty(0)

    def at(self, parameters: FloatArray) -> Gaussian:
        return self

    @property
    def at_bounds(self) -> dict[str, list[int]]:
        return {}

    def reordered(self, order: IntArray) -> Gaussian:
        return self

    def keeping(self, before: Gaussian, kept: BoolArray) -> Gaussian:
        return self

    def see(self, view: View, log_norms: FloatArray, n_observed: int) -> Plainly:
        return Plainly(view)

    def log_density(self, log_norms: FloatArray, squared: FloatArray, n_observed: int) -> FloatArray:
        density: FloatArray = log_norms - 0.5 * squared
        return density

    def emphasis(self, squared: FloatArray, n_observed: int) -> FloatArray:
        return np.ones_like(squared)

    def updated(self, counts: FloatArray, statistics: FloatArray | float) -> Gaussian:
        return self

    def conditional_variance(self, squared: FloatArray, n_observed: int) -> FloatArray:
        return np.ones_like(squared)

    def conditional_precision(self, squared: FloatArray, n_observed: int, shares: FloatArray) -> FloatArray:
        return np.ones_like(squared)

    def reach(self, share: float, n_observed: int) -> FloatArray:
        return np.array([distance_quantile(share, n_observed, np.inf)])

    def drawn_precision(
        self, rng: np.random.Generator, labels: IntArray, squared: FloatArray, n_observed: int
    ) -> FloatArray | float:
        return 1.0


@dataclass(frozen=True, eq=False)
class Plainly:
    """A view as it is."""

    view: View

    def log_density(self) -> FloatArray:
        return self.view.log_density()

    def moments(self, responsibilities: FloatArray) -> Moments:
        return Moments(self.view.totals(responsibilities))
