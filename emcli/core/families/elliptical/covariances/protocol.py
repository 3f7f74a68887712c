"""What a covariance model and its representation must offer.

The *layout* is how covariances are stored and how they meet the data: dense matrices or diagonals.  The *model*
is the constraint under which they are estimated; it sees only the scatters and the counts of the components,
never a row.  Symbols: k components, of one mixture or of many in a row (see `segments`), d columns, P stacked
patterns with o observed and m missing columns.

Nothing here raises for a component that has no covariance: its numbers are NaN, and those of all others are the
same to the last bit as without it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from emcli.core.model.segments import Segments
from emcli.data.chunk import Patterns
from emcli.data.rows import BoolArray, FloatArray


@dataclass(frozen=True, eq=False)
class Conditional:
    """The covariances split by pattern into observed and missing columns; what every chunk of a stack needs.

    log_norms  (P, k)        the constant of the log density of the observed columns
    factors    (P, k, o, o)  W with W S_oo W' = I (dense), or (P, k, o) 1 / sd (diagonal)
    slopes     (P, k, m, o)  S_mo S_oo^-1; empty where the layout has no regression between columns
    residuals  (P, k, m, m)  S_mm - S_mo S_oo^-1 S_om, or (P, k, m)

    All are NaN for a component whose covariance of the pattern's observed columns is not positive definite.
    """

    log_norms: FloatArray
    factors: FloatArray
    slopes: FloatArray
    residuals: FloatArray


class Layout(Protocol):
    """A representation of k covariances; all methods are free of state."""

    name: ClassVar[str]
    joint_columns: ClassVar[bool]
    """Whether a squared distance mixes the columns, or is a sum of one term per column."""

    def condition(self, covariances: FloatArray, patterns: Patterns) -> Conditional:
        """Split every covariance by every pattern; NaN where one is not positive definite."""

    def whiten(self, conditional: Conditional, deviations: FloatArray) -> FloatArray:
        """Deviations (P, k, o, n) in coordinates in which their component is the standard normal."""

    def scatter(self, weighted: FloatArray, deviations: FloatArray) -> FloatArray:
        """sum_i w_i z_i z_i' of the observed columns, from w z and z, both (P, k, o, n)."""

    def features(self, values: FloatArray) -> FloatArray:
        """Features (P, p, n) of rows (P, o, n) in which log densities and moments are linear."""

    def coefficients(self, conditional: Conditional, means: FloatArray) -> FloatArray:
        """Coefficients (P, k, p) of the log density in the features, for means (P, k, o)."""

    def about_means(self, totals: FloatArray, means: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Counts, sums and scatter about the means, from responsibilities times features (P, k, p)."""

    def precision_norm(self, conditional: Conditional) -> FloatArray:
        """The largest norm (k,) among the patterns of each precision matrix of the observed columns; inf for NaN."""

    def complete(
        self, conditional: Conditional, patterns: Patterns, counts: FloatArray, sums: FloatArray, scatter: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Sums (k, d) and scatter over all columns, the missing ones at their conditional expectation."""

    def expected(self, conditional: Conditional, deviations: FloatArray) -> FloatArray:
        """Conditional mean deviations (P, k, m, n) of the missing columns."""

    def residual_variances(self, conditional: Conditional) -> FloatArray:
        """Conditional variances (P, k, m) of the missing columns."""

    def draw_factors(self, conditional: Conditional) -> FloatArray:
        """Factors (k, m, m) that turn standard normals into draws of the missing columns of the first pattern."""

    def diagonal(self, covariances: FloatArray) -> FloatArray:
        """Variances (k, d)."""

    def dense(self, covariances: FloatArray) -> FloatArray:
        """Matrices (k, d, d)."""

    def as_scatter(self, covariances: FloatArray) -> FloatArray:
        """The covariances in the form of scatters and floors: matrices (k, d, d) or diagonals (k, d)."""

    def from_dense(self, matrices: FloatArray) -> FloatArray:
        """Matrices (..., d, d) in the form of scatters and floors: themselves, or their diagonals."""

    def rescale(self, covariances: FloatArray, scale: FloatArray) -> FloatArray:
        """The covariances after every column is multiplied by scale (d,)."""

    def relative_eigenvalues(self, covariances: FloatArray, reference: FloatArray) -> FloatArray:
        """Eigenvalues (k, d), ascending, in coordinates in which the reference covariance is the identity."""

    def centre(self, scatter: FloatArray, shift: FloatArray, counts: FloatArray) -> FloatArray:
        """Scatter about the anchor moved to about the mean: minus counts x shift shift'."""

    def raise_to(self, covariances: FloatArray, floor: FloatArray) -> FloatArray:
        """The covariances with every direction at least as wide as the floor: the constrained maximum.

        Those above the floor stay as they are to the last bit, and so does what is not finite.
        """

    def above(self, covariances: FloatArray, floor: FloatArray) -> BoolArray:
        """Whether each covariance (k,) is at least the floor (within rounding) and positive definite; not if NaN."""

    def canonical(self, covariances: FloatArray) -> FloatArray:
        """The same covariances, written in the one way that is chosen among ways that are equally good."""

    def to_plain(self, covariance: FloatArray, columns: Sequence[str]) -> dict[str, Any]:
        """One covariance as entries of a component in a model file."""

    def from_plain(self, component: Mapping[str, Any], columns: Sequence[str]) -> FloatArray:
        """One covariance from the entries of a component in a model file that has been checked."""


class Covariance(Protocol):
    """A covariance model: C covariances of the components of many mixtures, estimated from C scatters.

    To add a covariance model of the lettered kind, you write its function of scatters (C, ...), counts (C,),
    segments and previous covariances or None, in which every sum over a mixture's components is `segments.total`
    and what breaks down is NaN instead of an exception (see `matrices`), and you add its line to the table in
    `covariances/__init__.py`.  A model that is stored otherwise brings its own class with these members.
    """

    @property
    def name(self) -> str:
        """What it is called on the command line and in model files."""

    @property
    def layout(self) -> Layout:
        """How its covariances are stored."""

    @property
    def invariance(self) -> str:
        """Which changes of units the model can express: 'columns', 'common' (one factor for all) or 'shift'."""

    @property
    def linear(self) -> bool:
        """Whether its covariances, as stored, are a linear space where they are above the floor, so that what is
        extrapolated stays in the model."""

    @property
    def own_covariances(self) -> bool:
        """Whether a component's covariance rests on its own rows, so that few of them can make it tiny."""

    @property
    def separate(self) -> bool:
        """Whether nothing is shared: the estimate of one component does not depend on the others."""

    @property
    def pooled(self) -> str:
        """The model for one distribution of all rows that serves as geometry: 'full' or 'diag'."""

    def estimate(
        self,
        scatter: FloatArray,
        counts: FloatArray,
        segments: Segments,
        previous: FloatArray | None = None,
        floor: FloatArray | None = None,
    ) -> FloatArray:
        """The maximum-likelihood covariances (C, ...) from scatters (C, ...) and counts (C,), none below the floor.

        Where there is no formula they are searched for from the previous covariances (of this model, and not below
        the floor), and are never less likely than those, given the scatters.  All entries of a mixture for which
        there is no estimate are NaN; the results of the other mixtures do not depend on it.
        """

    def floor(self, floor: FloatArray) -> FloatArray:
        """The lowest covariance of this model that is nowhere below the given one."""

    def n_parameters(self, n_components: int, n_features: int) -> int:
        """Free parameters of the covariances alone."""
