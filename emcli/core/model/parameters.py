"""The parameters of mixtures as numbers in rows: what climbs hold, what is extrapolated, what a pass is asked about.

A component is a row of q numbers, a mixture the rows of its components, one behind the other; mixtures of different
sizes stand in one table.  What the numbers mean, and which mixtures are allowed, is said once by the MixtureModel.

    row    log weight | mean (d) | covariance as its layout stores it | parameter of the tail, if the family has one
    theta  the rows of one mixture in one vector, and behind them the log of the background's share, if there is one

Everything is in working coordinates.  A log weight stands for its exponential: weights of a mixture are normalised when
they are looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from emcli.core.families.elliptical.components import Elliptical
from emcli.core.families.elliptical.covariances import Covariance
from emcli.core.families.elliptical.tails import Tail
from emcli.core.model.fixed import Fixed
from emcli.core.model.mixture import Mixture
from emcli.core.model.noise import Noise
from emcli.core.model.priors import Prior
from emcli.core.model.segments import Segments
from emcli.data.rows import BoolArray, FloatArray, IntArray

LEAST_WEIGHT = float(np.finfo(np.float64).tiny)


@dataclass(frozen=True, eq=False)
class MixtureModel:
    """A kind of mixture for the rows of a problem.

    pooled         the one distribution of all rows: mean (1, d), covariance as scatters are stored, (1, d, d) or (1, d)
    floor          no covariance may be lower in any direction, in the model's own units; None: no limit
    units          (d,) what working values are multiplied by to be in units in which the covariance model holds; None
                   where it holds in any
    noise          the background with the share that a search sets out from
    equal_weights  every weight stays as it is
    fixed, start   what a fit leaves as it is, and the theta that it is taken from
    prior          what is believed of every component before a row is seen
    """

    covariance: Covariance
    tail: type[Tail]
    pooled: Elliptical
    floor: FloatArray | None = None
    units: FloatArray | None = None
    noise: Noise | None = None
    equal_weights: bool = False
    prior: Prior | None = None
    fixed: Fixed | None = field(default=None)

    @property
    def n_features(self) -> int:
        return self.pooled.n_features

    @cached_property
    def stored(self) -> tuple[int, ...]:
        """The shape of a stored covariance."""
        return self.pooled.covariances.shape[1:]

    @cached_property
    def n_stored(self) -> int:
        return int(np.prod(self.stored))

    @cached_property
    def n_tail(self) -> int:
        """Parameters of a component's tail."""
        return int(self.tail.fresh(1).parameters.size)

    @cached_property
    def width(self) -> int:
        """q, the numbers of a component."""
        return 1 + self.n_features + self.n_stored + self.n_tail

    @property
    def has_noise(self) -> bool:
        return self.noise is not None

    @cached_property
    def kind(self) -> tuple[object, ...]:
        """Mixtures of models of equal kinds can be worked on as if they were of one model, but for the M step."""
        return (self.covariance.layout.name, self.width, self.tail.name, id(self.noise) if self.noise else None)

    def size(self, theta: FloatArray) -> int:
        """The number of components k of a theta."""
        return (len(theta) - self.has_noise) // self.width

    @cached_property
    def _scale(self) -> FloatArray | None:
        """What stored covariances are multiplied by to be in the model's units."""
        if self.units is None:
            return None
        return self.covariance.layout.from_dense(self.units[:, None] * self.units)

    def estimate(
        self, scatter: FloatArray, counts: FloatArray, segments: Segments, previous: FloatArray | None = None
    ) -> FloatArray:
        """Covariances under the model and not below the floor; NaN for mixtures that have none."""
        scale = self._scale
        if scale is None:
            return self.covariance.estimate(scatter, counts, segments, previous, self.floor)
        before = None if previous is None else previous * scale
        return self.covariance.estimate(scatter * scale, counts, segments, before, self.floor) / scale

    def projected(self, covariances: FloatArray, weights: FloatArray, segments: Segments) -> FloatArray:
        """The covariances of the model that an M step would make of scatters like these, wherever its floor is."""
        scale = self._scale
        mine = covariances if scale is None else covariances * scale
        scatter = mine * weights.reshape((-1,) + (1,) * (mine.ndim - 1))
        found = self.covariance.estimate(scatter, weights, segments, mine)
        return found if scale is None else found / scale

    def above_floor(self, covariances: FloatArray) -> BoolArray:
        """Which covariances (C, ...) are nowhere below the floor, and positive definite (C,)."""
        layout, scale = self.covariance.layout, self._scale
        floor = layout.from_dense(np.zeros((self.n_features,) * 2)) if self.floor is None else self.floor
        return layout.above(covariances if scale is None else covariances * scale, floor)

    def floor_in_working_units(self) -> FloatArray:
        """The floor in working coordinates; a floor of zeros where there is none."""
        layout = self.covariance.layout
        floor = layout.from_dense(np.zeros((self.n_features,) * 2)) if self.floor is None else self.floor
        return floor if self._scale is None else floor / self._scale

    def pack(self, mixture: Mixture) -> FloatArray:
        """The theta of a mixture in working coordinates."""
        family, k = mixture.family, mixture.n_components
        log_weights = np.log(np.maximum(mixture.weights, LEAST_WEIGHT))
        rows = [log_weights[:, None], family.means, family.covariances.reshape(k, -1)]
        rows += [family.tail.parameters[:, None]] if self.n_tail else []
        theta = np.concatenate(rows, axis=1).ravel()
        if mixture.noise is None:
            return theta
        return np.append(theta, np.log(max(mixture.noise.weight, LEAST_WEIGHT)))

    def unpack(self, theta: FloatArray) -> Mixture:
        """The mixture of a theta."""
        stack = stacked(self, [theta])
        log_weights, log_shares = stack.log_weights
        noise = None if self.noise is None else replace(self.noise, weight=float(np.exp(log_shares[0])))
        family = Elliptical(stack.means, stack.covariances, self.covariance, stack.tail)
        return Mixture(np.exp(log_weights), family, self.equal_weights, noise, self.fixed)


@dataclass(frozen=True, eq=False)
class Stack:
    """B mixtures of one model: rows (C, q), and the log shares (B,) of their backgrounds."""

    model: MixtureModel
    segments: Segments
    rows: FloatArray
    log_shares: FloatArray

    @cached_property
    def means(self) -> FloatArray:
        return np.ascontiguousarray(self.rows[:, 1 : 1 + self.model.n_features])

    @cached_property
    def covariances(self) -> FloatArray:
        begin = 1 + self.model.n_features
        stored = np.ascontiguousarray(self.rows[:, begin : begin + self.model.n_stored])
        return stored.reshape(-1, *self.model.stored)

    @property
    def tail(self) -> Tail:
        """The tails of all components."""
        fresh = self.model.tail.fresh(len(self.rows))
        return fresh.at(self.rows[:, -1]) if self.model.n_tail else fresh

    @cached_property
    def log_weights(self) -> tuple[FloatArray, FloatArray]:
        """Normalised log weights (C,), and log shares (B,) of the backgrounds."""
        raw, segments = self.rows[:, 0], self.segments
        if self.model.equal_weights:
            return raw, self.log_shares
        if self.model.fixed is not None and self.model.fixed.weights.any():
            return self._free_weights(self.model.fixed.weights)
        top = segments.largest(raw)
        total = segments.total(np.exp(raw - segments.each(top)))
        if self.model.has_noise:
            total = total + np.exp(self.log_shares - top)
        whole = top + np.log(total)
        return raw - segments.each(whole), self.log_shares - whole

    def _free_weights(self, kept: BoolArray) -> tuple[FloatArray, FloatArray]:
        """Fixed weights as they are; the others, that of the background among them, share what these leave."""
        segments, fixed = self.segments, np.tile(kept, self.segments.n_mixtures)
        weights = np.exp(self.rows[:, 0])
        share = np.exp(self.log_shares) if self.model.has_noise else np.zeros(segments.n_mixtures)
        left = np.maximum(1.0 - segments.total(np.where(fixed, weights, 0.0)), 0.0)
        free = np.maximum(segments.total(np.where(fixed, 0.0, weights)) + share, LEAST_WEIGHT)
        scale = np.log(np.maximum(left / free, LEAST_WEIGHT))
        return np.where(fixed, self.rows[:, 0], self.rows[:, 0] + segments.each(scale)), self.log_shares + scale

    def thetas(self) -> list[FloatArray]:
        """The mixtures one by one."""
        found: list[FloatArray] = []
        sizes, starts = self.segments.sizes, self.segments.starts
        for first, last in stretches(sizes):
            k = int(sizes[first])
            rows = self.rows[starts[first] : starts[first] + k * (last - first)].reshape(last - first, -1)
            found.extend(np.column_stack([rows, self.log_shares[first:last]]) if self.model.has_noise else rows)
        return found

    def with_rows(self, rows: FloatArray, log_shares: FloatArray) -> Stack:
        """Other mixtures of the same sizes."""
        return Stack(self.model, self.segments, rows, log_shares)


def stretches(sizes: IntArray) -> list[tuple[int, int]]:
    """Where equal sizes stand side by side: the first of each stretch, and the one after its last."""
    ends = [*(np.flatnonzero(sizes[1:] != sizes[:-1]) + 1).tolist(), len(sizes)]
    return list(zip([0, *ends[:-1]], ends, strict=True))


def stacked(model: MixtureModel, thetas: Sequence[FloatArray]) -> Stack:
    """Mixtures of one model in one table."""
    if not model.has_noise:
        rows = np.concatenate(thetas).reshape(-1, model.width)
        shares = np.zeros(len(thetas))
    else:
        rows = np.concatenate([theta[:-1] for theta in thetas]).reshape(-1, model.width)
        shares = np.array([theta[-1] for theta in thetas])
    sizes = (np.array([len(theta) for theta in thetas], dtype=np.intp) - model.has_noise) // model.width
    return Stack(model, Segments(sizes), rows, shares)
