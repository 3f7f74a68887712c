"""What tells one family of elliptical distributions from another: how the density falls off with distance.

Both families here are normal variance mixtures: given a row's own precision u, the row is normal with covariance
Sigma_k / u.  For the normal family u is 1; for t it is gamma distributed.  All a family adds to the normal's E step
is the row's expected precision, its weight in the sums of the M step.

squared     (P, k, n)  squared Mahalanobis distances of the observed cells
log_norms   (P, k)     constants of the normal's log density
n_observed  how many cells a row has in the stack of patterns
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, Self

import numpy as np

from emcli.data.rows import BoolArray, FloatArray, IntArray


class Totals(Protocol):
    """Weighted sums over some rows of a chunk; those of disjoint rows add."""

    def __add__(self, other: Self, /) -> Self: ...

    def about_means(self) -> Central:
        """The same about the means of the components."""


@dataclass(frozen=True, eq=False)
class Central:
    """counts (P, C), sums (P, C, o) and scatter of the observed cells about the means of the components."""

    counts: FloatArray
    sums: FloatArray
    scatter: FloatArray

    def __add__(self, other: Central) -> Central:
        return Central(self.counts + other.counts, self.sums + other.sums, self.scatter + other.scatter)

    def about_means(self) -> Central:
        return self


class View(Protocol):
    """Rows of a chunk as normal components see them."""

    def log_density(self) -> FloatArray:
        """Log density (P, C, n) of the observed cells, nats; a new array."""

    def totals(self, weights: FloatArray) -> Totals:
        """Sums over the rows, which count with weights (P, C, n)."""


@dataclass(frozen=True, eq=False)
class Moments:
    """What rows of a stack add to the M step; those of disjoint rows add.

    totals   sums with weights r u
    excess   (P, k)  sum r u - sum r
    tail     (k,)    what the tail's own parameters are estimated from
    """

    totals: Totals
    excess: FloatArray | float = 0.0
    tail: FloatArray | float = 0.0

    def __add__(self, other: Moments) -> Moments:
        return Moments(self.totals + other.totals, self.excess + other.excess, self.tail + other.tail)


class Seen(Protocol):
    """Rows of a chunk as the components of a family see them."""

    def log_density(self) -> FloatArray:
        """Log density (P, k, n) of the observed cells, nats."""

    def moments(self, responsibilities: FloatArray) -> Moments:
        """The weighted moments of the rows; responsibilities (P, k, n)."""


class Tail(Protocol):
    """The tails of k components: parameters of a distribution beyond its centre and its scale matrix."""

    name: ClassVar[str]
    spread: ClassVar[str]
    """What the root of a diagonal entry of the scale matrix is: sd or scale."""
    truncated: ClassVar[bool]
    """Whether missing cells can be completed inside bounds or on a logarithmic scale."""

    @classmethod
    def fresh(cls, n_components: int) -> Self:
        """The tails that a search sets out from."""

    @classmethod
    def from_plain(cls, components: Sequence[Mapping[str, Any]]) -> Self:
        """The tails of the components of a model file that has been checked."""

    def to_plain(self, k: int) -> dict[str, Any]:
        """The entries of one component in a model file."""

    @property
    def n_parameters(self) -> int:
        """Free parameters of all components."""

    @property
    def parameters(self) -> FloatArray:
        """The parameters as a vector (p,) in which steps of equal size matter about equally."""

    def at(self, parameters: FloatArray) -> Self:
        """The tails with these parameters, brought inside their bounds."""

    @property
    def at_bounds(self) -> dict[str, list[int]]:
        """What should be said of components whose parameters are at a bound, and which they are."""

    def reordered(self, order: IntArray) -> Self:
        """The same components in another order, or a selection of them."""

    def keeping(self, before: Self, kept: BoolArray) -> Self:
        """These tails, but those before for the kept components (k,)."""

    def see(self, view: View, log_norms: FloatArray, n_observed: int) -> Seen:
        """The view of the normal distributions with the same centres and scale matrices, made one of the family."""

    def log_density(self, log_norms: FloatArray, squared: FloatArray, n_observed: int) -> FloatArray:
        """Log density (P, k, n), nats; log_norms may have rows as well."""

    def emphasis(self, squared: FloatArray, n_observed: int) -> FloatArray:
        """The expected precision u of every row (P, k, n)."""

    def updated(self, counts: FloatArray, statistics: FloatArray | float) -> Self:
        """The M step of the tails, from counts (k,) and the sum of Moments.tail."""

    def conditional_variance(self, squared: FloatArray, n_observed: int) -> FloatArray:
        """What the residual covariance of missing cells is multiplied by, shaped as squared (k, n); may be inf."""

    def conditional_precision(self, squared: FloatArray, n_observed: int, shares: FloatArray) -> FloatArray:
        """The quantiles (k, n) of u given the observed cells, at shares (n,) in (0, 1)."""

    def reach(self, share: float, n_observed: int) -> FloatArray:
        """The squared distances, (k,) or one for all (1,), beyond which this share of a component's rows lies."""

    def drawn_precision(
        self, rng: np.random.Generator, labels: IntArray, squared: FloatArray, n_observed: int
    ) -> FloatArray | float:
        """Draws (n,) of u for rows of components labels (n,), given cells at squared distances (k,)."""
