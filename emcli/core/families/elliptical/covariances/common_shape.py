"""Components of equal shape and different volume: VEI, VEE and VEV.

Sigma_k = lambda_k C_k with one shape C has no closed form, but given C the best volumes are
lambda_k = tr(S_k C^-1) / (n_k d), and given the volumes the best C is sum_k S_k / lambda_k, rescaled to determinant 1
(Celeux & Govaert 1995).  Alternating is a descent of a function that is convex in log lambda and along geodesics
of C, so it ends at the one minimum from anywhere.  Volumes set out from those of the previous covariances, which
makes every single round an improvement on them: EM stays monotone even where the rounds are stopped early.

A factor that C has too much the volumes have too little, so nothing is rescaled here: with M = sum_k S_k / lambda_k,
C = M / n and lambda_k = n tr(S_k M^-1) / (n_k d), whose ratios to the lambda_k before have the mean 1.

Each of the B mixtures of a stack stops when its own volumes stand still.

scatter  (C, d) or (C, d, d)
volumes  (C,)     lambda_k up to a factor of each mixture
sums     (B, d) or (B, d, d)  M
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from emcli.core.families.elliptical.covariances.closed_forms import per_row
from emcli.core.families.elliptical.covariances.matrices import diagonals, eigen, inverses, spread, symmetric
from emcli.core.model.segments import Segments
from emcli.data.rows import FloatArray, IntArray

SETTLED = 1e-12  # relative change of the volumes below which another round only adds rounding
NEAR_ENOUGH = 1e-6
"""The same where there are previous covariances: EM comes again, and what is lost of the likelihood is the square."""
FARTHEST = 4.0  # rounds' worth of change that is skipped at most
MOST_ROUNDS = 500

Round = Callable[[FloatArray, Segments, FloatArray], tuple[FloatArray, FloatArray]]
"""From scatters, segments and volumes: M (B, ...), and tr(S_k M^-1) (C,)."""


def vei(scatter: FloatArray, counts: FloatArray, segments: Segments, previous: FloatArray | None) -> FloatArray:
    """Diagonal: S_k (C, d)."""
    start = scatter.mean(axis=1) / counts if previous is None else previous.mean(axis=1)
    return settled(diagonal_round, scatter, counts, segments, start, still=enough(previous))


def vee(scatter: FloatArray, counts: FloatArray, segments: Segments, previous: FloatArray | None) -> FloatArray:
    """Ellipsoids of equal shape and orientation."""
    start = diagonals(scatter).mean(axis=1) / counts if previous is None else diagonals(previous).mean(axis=1)
    return settled(matrix_round, scatter, counts, segments, start, still=enough(previous))


def vev(scatter: FloatArray, counts: FloatArray, segments: Segments, previous: FloatArray | None) -> FloatArray:
    """Ellipsoids of equal shape, each with axes of its own: the eigenvalues, in order of size, follow VEI."""
    values, axes = eigen(scatter)
    values = np.maximum(values, 0.0)
    start = values.mean(axis=1) / counts if previous is None else diagonals(previous).mean(axis=1)
    fitted = settled(diagonal_round, values, counts, segments, start, still=enough(previous))
    return symmetric((axes * fitted[:, None, :]) @ np.swapaxes(axes, 1, 2))


def diagonal_round(scatter: FloatArray, segments: Segments, volumes: FloatArray) -> tuple[FloatArray, FloatArray]:
    """One round with diagonals."""
    sums = segments.total(per_row(scatter, volumes))
    return sums, (scatter / segments.each(sums)).sum(axis=1)


def matrix_round(scatter: FloatArray, segments: Segments, volumes: FloatArray) -> tuple[FloatArray, FloatArray]:
    """One round with matrices."""
    sums = segments.total(per_row(scatter, volumes))
    products = scatter * segments.each(inverses(sums))
    return sums, products.reshape(len(products), -1).sum(axis=1)


def enough(previous: FloatArray | None) -> float:
    """The relative change of the volumes at which rounds end."""
    return SETTLED if previous is None else NEAR_ENOUGH


def settled(
    round_of: Round, scatter: FloatArray, counts: FloatArray, segments: Segments, volumes: FloatArray, *, still: float
) -> FloatArray:
    """Covariances (C, ...) after as many rounds as it takes until the volumes of a mixture stand still."""
    whole, n = segments, segments.total(counts)
    sums, found = np.empty((len(n), *scatter.shape[1:])), np.empty_like(volumes)
    mixtures, components = np.arange(len(n)), np.arange(len(volumes))
    shares, place, last = segments.each(n) / (counts * scatter.shape[1]), np.log(volumes), None
    for turn in range(MOST_ROUNDS):
        some, traces = round_of(scatter, segments, volumes)
        volumes = traces * shares
        made = Made.of(place, np.log(volumes))
        moving = segments.largest(np.abs(made.changes)) > still  # not where they are NaN
        if turn == MOST_ROUNDS - 1 or not moving.all():
            sums[mixtures], found[components] = some, volumes
            if not moving.any():
                break
            segments, at = segments.only(moving)
            mixtures, components, scatter, shares = mixtures[moving], components[at], scatter[at], shares[at]
            made, last = made.only(at), None if last is None else last.only(at)
        place = made.logs if last is None else made.beyond(last, segments)
        volumes, last = np.exp(place), made
    return spread(found, sums) * whole.each(per_row(sums, n))


@dataclass(frozen=True, eq=False)
class Made:
    """What a round made of the logarithms of the volumes (C,), and by how much it changed them (C,)."""

    logs: FloatArray
    changes: FloatArray

    @staticmethod
    def of(before: FloatArray, after: FloatArray) -> Made:
        """The round that led from some logarithms to others."""
        return Made(after, after - before)

    def only(self, at: IntArray) -> Made:
        """The same for some of the components."""
        return Made(self.logs[at], self.changes[at])

    def beyond(self, last: Made, segments: Segments) -> FloatArray:
        """Where the rounds are going (C,), to judge by this and the last of them (Anderson's extrapolation).

        Near the end a round shrinks what is left by a factor of the mixture's own, so two tell most of what is to come.
        """
        turn = self.changes - last.changes
        totals = segments.total(np.stack([self.changes * turn, turn * turn], axis=1))
        amount = np.minimum(np.maximum(-totals[:, 0] / totals[:, 1], -FARTHEST), FARTHEST)
        farther = self.logs + segments.each(amount) * (self.logs - last.logs)
        return np.where(np.isfinite(farther), farther, self.logs)
