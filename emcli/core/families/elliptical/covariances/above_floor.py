"""Covariances estimated under a model and not below a floor, so that EM never goes down.

For a model whose covariances form a linear space, raising the eigenvalues that are too small to the floor gives the
most likely covariances that satisfy both.  For the others that would leave the model.  There, scatter of the
floor's shape is added to every component in growing amounts until the estimate stands clear; if the
previous covariances explain the scatter better than that, they stay.  That is a step of generalised EM: never down,
though not always as far up as possible.  Only degenerate fits ever get here.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np

from emcli.core.families.elliptical.covariances.protocol import Layout
from emcli.data.table import FloatArray

LEAST_ADDED = 2.0**-6  # of the floor, for every row: the first amount tried
DOUBLINGS = 40


class Formula(Protocol):
    """Scatters (k, ...), counts (k,), and perhaps covariances (k, ...) to set out from -> covariances (k, ...)."""

    def __call__(self, scatter: FloatArray, counts: FloatArray, previous: FloatArray | None, /) -> FloatArray: ...


def estimate_above(
    formula: Formula,
    layout: Layout,
    scatter: FloatArray,
    counts: FloatArray,
    *,
    floor: FloatArray | None,
    previous: FloatArray | None,
) -> FloatArray:
    """The covariances (k, ...) of a model that is not linear, none below the floor."""
    with np.errstate(all="ignore"):
        covariances = estimate_or_nothing(formula, scatter, counts, previous)
        if floor is None or layout.above(covariances, floor):
            return covariances
        propped = prop(formula, layout, scatter, counts, floor=floor, previous=previous)
        if previous is None or not layout.above(previous, floor):
            return propped
        before, after = (misfit(layout, covariances, scatter, counts) for covariances in (previous, propped))
    return propped if after <= before else previous


def estimate_or_nothing(
    formula: Formula, scatter: FloatArray, counts: FloatArray, previous: FloatArray | None
) -> FloatArray:
    """The estimate, or NaN where arithmetic breaks down on singular scatters."""
    try:
        return formula(scatter, counts, previous)
    except np.linalg.LinAlgError:
        return np.full_like(scatter, np.nan)


def prop(
    formula: Formula,
    layout: Layout,
    scatter: FloatArray,
    counts: FloatArray,
    *,
    floor: FloatArray,
    previous: FloatArray | None,
) -> FloatArray:
    """The estimate with just so much scatter of the floor's shape added that it stands above the floor."""
    per_row = counts.reshape((-1,) + (1,) * floor.ndim) * floor
    for doubling in range(DOUBLINGS):
        added = LEAST_ADDED * 2.0**doubling * per_row
        covariances = estimate_or_nothing(formula, scatter + added, counts, previous)
        if layout.above(covariances, floor):
            return covariances
    raise np.linalg.LinAlgError("no covariance of the model is above the floor")


def misfit(layout: Layout, covariances: FloatArray, scatter: FloatArray, counts: FloatArray) -> float:
    """sum_k n_k log|Sigma_k| + tr(S_k Sigma_k^-1): what an M step makes small."""
    matrices = layout.dense(covariances)
    inverses: FloatArray = np.asarray(np.linalg.inv(matrices), dtype=np.float64)
    traces = float((layout.from_dense(inverses) * scatter).sum())
    return float(counts @ np.linalg.slogdet(matrices)[1]) + traces
