"""Covariances above a floor: what overflows loses against the covariances that were there before, without a word."""

from __future__ import annotations

import numpy as np

from emcli.core.families.elliptical.covariances.above_floor import Wanted, estimate_above
from emcli.core.families.elliptical.covariances.dense import Dense
from emcli.core.model.segments import Segments, one
from emcli.data.rows import FloatArray


def overflowing(scatter: FloatArray, counts: FloatArray, segments: Segments, previous: FloatArray | None) -> FloatArray:
    """Nothing above the floor, and then what overflows when its determinant is taken."""
    return np.full_like(scatter, np.inf) if scatter.any() else np.zeros_like(scatter)


def test_an_estimate_that_overflows_is_not_taken() -> None:
    previous = np.eye(2)[None]
    scatter, counts, floor = np.zeros((1, 2, 2)), np.array([5.0]), 1e-9 * np.eye(2)
    found = estimate_above(overflowing, Dense(), Wanted(scatter, counts, one(1), previous), floor)
    np.testing.assert_array_equal(found, previous)
