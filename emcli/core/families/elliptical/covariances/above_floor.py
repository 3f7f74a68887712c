"""Covariances estimated under a model and not below a floor, so that EM never goes down.

For a model whose covariances form a linear space, raising the eigenvalues that are too small to the floor gives the
most likely covariances that satisfy both.  For the others that would leave the model.  There, scatter of the
floor's shape is added to every component in growing amounts until the estimate stands clear; if the
previous covariances explain the scatter better than that, they stay.  That is a step of generalised EM: never down,
though not always as far up as possible.  Only mixtures that are degenerate ever get here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from emcli.core.families.elliptical.covariances.matrices import finite, inverses, spread
from emcli.core.families.elliptical.covariances.protocol import Layout
from emcli.core.model.segments import Segments
from emcli.data.rows import BoolArray, FloatArray, IntArray

LEAST_ADDED = 2.0**-4  # of the floor, for every row: the first amount tried
GROWTH = 8.0  # of the amounts
MOST_AMOUNTS = 14


class Formula(Protocol):
    """Scatters (C, ...), counts (C,), and perhaps covariances (C, ...) to set out from -> covariances (C, ...).

    Where arithmetic breaks down it returns what is not finite; it never raises.
    """

    def __call__(
        self, scatter: FloatArray, counts: FloatArray, segments: Segments, previous: FloatArray | None, /
    ) -> FloatArray: ...


@dataclass(frozen=True, eq=False)
class Wanted:
    """What to estimate from: scatters (C, ...), counts (C,) and previous covariances (C, ...) of some mixtures."""

    scatter: FloatArray
    counts: FloatArray
    segments: Segments
    previous: FloatArray | None

    def by(self, formula: Formula) -> FloatArray:
        """The covariances (C, ...) by a formula."""
        return formula(self.scatter, self.counts, self.segments, self.previous)

    def only(self, mixtures: BoolArray | IntArray) -> tuple[Wanted, IntArray]:
        """What is wanted of some mixtures, and where their components stand."""
        segments, at = self.segments.only(mixtures)
        previous = None if self.previous is None else self.previous[at]
        return Wanted(self.scatter[at], self.counts[at], segments, previous), at


def estimate_above(formula: Formula, layout: Layout, wanted: Wanted, floor: FloatArray | None) -> FloatArray:
    """The covariances (C, ...) of a model that is not linear, none below the floor; NaN for mixtures without any."""
    with np.errstate(all="ignore"):
        covariances = wanted.by(formula)
        if floor is None:
            return or_nothing(covariances, wanted.segments)
        low = ~wanted.segments.all(layout.above(covariances, floor))
        if low.any():
            degenerate, at = wanted.only(low)
            covariances[at] = propped_or_previous(formula, layout, degenerate, floor)
    return covariances


def or_nothing(covariances: FloatArray, segments: Segments) -> FloatArray:
    """The covariances (C, ...), all NaN in mixtures where one of the numbers is not finite."""
    if np.isfinite(covariances).all():
        return covariances
    kept = segments.each(segments.all(finite(covariances)))
    return np.where(spread(kept, covariances), covariances, np.nan)


def propped_or_previous(formula: Formula, layout: Layout, wanted: Wanted, floor: FloatArray) -> FloatArray:
    """Covariances (C, ...) for mixtures whose estimates are below the floor."""
    segments, previous = wanted.segments, wanted.previous
    propped = prop(formula, layout, wanted, floor)
    if previous is None:
        return propped
    before, after = (misfit(layout, of, wanted.scatter, wanted.counts, segments) for of in (previous, propped))
    stay = segments.all(layout.above(previous, floor)) & ~(after <= before) & has_numbers(wanted)
    return np.where(spread(segments.each(stay), previous), previous, propped)


def prop(formula: Formula, layout: Layout, wanted: Wanted, floor: FloatArray) -> FloatArray:
    """The estimates with just so much scatter of the floor's shape added that all of a mixture are above the floor."""
    found = np.full_like(wanted.scatter, np.nan)
    waiting = np.flatnonzero(has_numbers(wanted))
    for number in range(MOST_AMOUNTS):
        if not len(waiting):
            break
        some, at = wanted.only(waiting)
        added = LEAST_ADDED * GROWTH**number * (spread(some.counts, some.scatter) * floor)
        covariances = replace(some, scatter=some.scatter + added).by(formula)
        clear = some.segments.all(layout.above(covariances, floor))
        kept = some.segments.each(clear)
        found[at[kept]] = covariances[kept]
        waiting = waiting[~clear]
    return found


def has_numbers(wanted: Wanted) -> BoolArray:
    """The mixtures (B,) all of whose scatters and counts are finite: the others are beyond help."""
    return wanted.segments.all(finite(wanted.scatter) & finite(wanted.counts))


def misfit(
    layout: Layout, covariances: FloatArray, scatter: FloatArray, counts: FloatArray, segments: Segments
) -> FloatArray:
    """sum_k n_k log|Sigma_k| + tr(S_k Sigma_k^-1) of each mixture (B,): what an M step makes small."""
    matrices = layout.dense(covariances)
    products = layout.from_dense(inverses(matrices)) * scatter
    traces = products.reshape(len(products), -1).sum(axis=1)
    return segments.total(counts * np.linalg.slogdet(matrices)[1] + traces)
