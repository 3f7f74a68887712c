"""Likelihood that rests on almost nothing: how to recognise it, and floors that keep it finite.

The likelihood of a mixture is unbounded: a component that shrinks onto one row, or onto rows that are equal because
they were rounded, can raise it without limit.  Three defences, all relative to the data's own spread:

* a floor on every covariance: a fraction of the pooled covariance, plus for each column the variance that rounding
  to its recording grain hides;
* signs of a suspicious optimum: a floor that is touched, a component of few rows, a tiny eigenvalue, or a
  log-likelihood that falls apart when every row is predicted by the others;
* the rule that a suspicious optimum wins only if it also predicts left-out rows better than the best clean one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from emcli.core.families.elliptical.components import Elliptical
from emcli.core.model.assignment import soft
from emcli.core.model.mixture import Mixture
from emcli.core.model.parameters import MixtureModel
from emcli.core.passes.case_weights import EVERYTHING, CaseWeights
from emcli.core.passes.kernels import rows_at_once
from emcli.core.passes.log_joint import LogJoint
from emcli.data.chunk import Chunk
from emcli.data.rows import BoolArray, FloatArray

if TYPE_CHECKING:
    from emcli.core.fit.starts import StartContext

RELATIVE_FLOOR = 1e-12  # of the pooled covariance: clusters a million times narrower than the data stay clusters
NEEDLE = 1e-6  # of the average component's variance: so thin beside the others, a component rests on equal values
MANY_VALUES = 10  # columns with fewer distinct values are categories, not rounded measurements
FEW_ROWS = 2  # times (d + 1): below, a component's own covariance is hardly determined
TINY_EIGENVALUE = 1e-3  # of the pooled covariance
AT_FLOOR = 1e-3  # how close to a floor a climb that stopped early still counts as held by it
FRAGILE = 2.5  # nats per parameter that leaving each row out once may cost


def grain(values: FloatArray) -> FloatArray:
    """Variance (d,) that rounding hides: (smallest spacing of distinct values)^2 / 12; 0 for few distinct values."""
    hidden = np.zeros(values.shape[1])
    for j, column in enumerate(values.T):
        distinct = np.unique(column[~np.isnan(column)])
        if len(distinct) >= MANY_VALUES:
            hidden[j] = np.diff(distinct).min() ** 2 / 12.0
    return hidden


def floor_for(pooled: Elliptical, values: FloatArray) -> FloatArray:
    """The lowest covariance allowed, in the layout of the pooled distribution: (d, d) or (d,).

    values  (n, d)  rows enough to find the grain of the columns by
    """
    layout = pooled.model.layout
    spread = layout.as_scatter(pooled.covariances)[0]
    return np.asarray(RELATIVE_FLOOR * spread + layout.from_dense(np.diag(grain(values))))


@dataclass(frozen=True)
class Soundness:
    """What speaks against an optimum; leave_one_out is the log-likelihood with each row predicted by the others."""

    leave_one_out: float
    at_floor: bool
    smallest_count: float
    few_rows: bool
    tiny_eigenvalue: bool
    fragile: bool

    @property
    def suspicious(self) -> bool:
        return self.at_floor or self.few_rows or self.tiny_eigenvalue or self.fragile


def examine(context: StartContext, mixture: Mixture, log_likelihood: float) -> Soundness:
    """Look for the signs of a spurious optimum on the rows of the context."""
    model, engine = context.model, context.sample.engine
    counted = Counted(context.sample.case_weights, context.counting)
    family, layout = mixture.family, mixture.family.model.layout
    own = family.model.own_covariances
    counts = mixture.weights * engine.reduce(counted.total)
    left_out = engine.reduce(LeftOut(mixture, counts, counted))
    pooled = layout.as_scatter(model.pooled.covariances)[0]
    ratios = layout.relative_eigenvalues(family.covariances, pooled)
    return Soundness(
        leave_one_out=left_out,
        at_floor=estimates_covariances(mixture) and held_up(mixture, model),
        smallest_count=float(counts.min()),
        few_rows=bool(own and counts.min() < FEW_ROWS * (family.n_features + 1)),
        tiny_eigenvalue=bool(estimates_covariances(mixture) and ratios.min() < TINY_EIGENVALUE),
        fragile=log_likelihood - left_out > FRAGILE * max(mixture.n_parameters, 1),
    )


@dataclass(frozen=True, eq=False)
class Counted:
    """How often the rows of a chunk count (P, n) for those who ask with a number."""

    case_weights: CaseWeights | None
    counting: int

    def __call__(self, chunk: Chunk) -> FloatArray:
        if self.case_weights is None or self.counting == EVERYTHING:
            return chunk.case_weights
        return self.case_weights.at(chunk, np.array([self.counting]))[:, 0]

    def total(self, chunk: Chunk) -> float:
        """How many rows a chunk has, each as often as it counts."""
        return float(self(chunk).sum())


def estimates_covariances(mixture: Mixture) -> bool:
    """Whether the model learns anything about the covariances."""
    return mixture.family.model.n_parameters(1, 1) > 0


def held_up(mixture: Mixture, model: MixtureModel) -> bool:
    """Whether a covariance stands on the floor, or on its way there is a needle beside the other components."""
    family, layout = mixture.family, mixture.family.model.layout
    floors = layout.relative_eigenvalues(family.covariances, model.floor_in_working_units())
    return bool(floors.min() < 1.0 + AT_FLOOR or needles(mixture).any())


def needles(mixture: Mixture) -> BoolArray:
    """Which components (k,) are a needle beside the average one."""
    family, layout = mixture.family, mixture.family.model.layout
    within = np.tensordot(mixture.shares, layout.as_scatter(family.covariances), axes=1)
    return np.asarray(layout.relative_eigenvalues(family.covariances, within).min(axis=-1) < NEEDLE)


class LeftOut:
    """Log-likelihood of each row of a chunk under the mixture with the row's own contribution taken out, in one pass.

    Removing a row with responsibility r from component k leaves N' = N - r of its rows and M' = M - r of the rows its
    covariance is estimated from (M = N for a covariance of its own, all rows for a shared one).  The covariance loses
    a rank-one part: with c = r N / (N' M) and q the squared distance, log|S'| = log|S| + d log(M / M') + log(1 - c q),
    and since the mean moves away as well, q' = (N / N')^2 (M' / M) q / (1 - c q).  The weight becomes N' / (n - 1).
    Responsibilities stay as they are.  A row of heavy tails pulls with r u instead of r on the mean and in c.
    """

    def __init__(self, mixture: Mixture, counts: FloatArray, counted: Counted) -> None:
        self._mixture, self._counts, self._counted = mixture, counts, counted
        self._log_joint = LogJoint(mixture)

    def __call__(self, chunk: Chunk) -> float:
        pieces = chunk.tiles(rows_at_once(self._mixture.family.means.size))
        return sum(
            float(np.vdot(_left_out(self._log_joint, self._mixture, piece, self._counts), self._counted(piece)))
            for piece in pieces
        )


def _left_out(log_joint_of: LogJoint, mixture: Mixture, chunk: Chunk, counts: FloatArray) -> FloatArray:
    """The log densities (P, n) of rows that are left out."""
    family, layout = mixture.family, mixture.family.model.layout
    conditional = family.condition(chunk.patterns)
    squares = layout.whiten(conditional, family.deviations(chunk)) ** 2
    width = squares.shape[2]
    emphasis = family.tail.emphasis(squares.sum(axis=2), width)
    if layout.joint_columns:
        squares = squares.sum(axis=2, keepdims=True)
    log_joint, k = log_joint_of(chunk), len(counts)
    background = log_joint[:, k:].copy()
    responsibilities = soft(log_joint)[0][:, :k]
    rest = np.maximum(counts[:, None] - responsibilities, 1e-6)
    pulls = responsibilities * emphasis
    stretch = counts[:, None] / np.maximum(counts[:, None] - pulls, 1e-6)  # the mean moves away from the row that left
    if estimates_covariances(mixture):
        basis = counts[:, None] if family.model.own_covariances else counts.sum()
        left = np.maximum(basis - responsibilities, 1e-6) / basis
        share = np.maximum(1.0 - (pulls * stretch / basis)[:, :, None] * squares, 1e-12)
        log_det = np.log(share).sum(axis=2) - width * np.log(left)
        distance = stretch**2 * left * (squares / share).sum(axis=2)
    else:
        log_det, distance = np.zeros_like(stretch), stretch**2 * squares.sum(axis=2)
    n_rows = float(counts.sum()) if mixture.noise is None else float(counts.sum() / mixture.weights.sum())
    weight = np.log(rest / max(n_rows - 1.0, 1.0))
    density = family.tail.log_density(conditional.log_norms[..., None] - 0.5 * log_det, distance, width)
    # One row more or less changes next to nothing in the share of the background, and nothing in its density.
    _, energy = soft(np.concatenate([weight + density, background], axis=1))
    return energy
