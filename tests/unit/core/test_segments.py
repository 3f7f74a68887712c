"""Components of many mixtures in one row: sums over each mixture, and no mixture that depends on its company."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from emcli.core.families.elliptical.covariances import COVARIANCES, covariance_named
from emcli.core.families.elliptical.covariances.matrices import (
    cholesky,
    eigen,
    inverse_of_factors,
    inverses,
    log_determinants,
)
from emcli.core.model.segments import Segments, one
from emcli.data.rows import FloatArray

NAMES = [*COVARIANCES, "factor:1", "factor:3"]
BAD = {"nan": np.nan, "inf": np.inf, "zero": 0.0, "negative": -1.0, "huge": 1e300, "tiny": 1e-300}
RAGGED = Segments(np.array([2, 1, 3]))


def scatters(seed: int, k: int, d: int) -> tuple[FloatArray, FloatArray]:
    """Matrices (k, d, d) that have something in common, and counts (k,)."""
    rng = np.random.default_rng(seed)
    factors = rng.normal(size=(d, 3 * d)) + 0.4 * rng.normal(size=(k, d, 3 * d))
    counts = rng.uniform(5.0, 60.0, k)
    return counts[:, None, None] * (factors @ np.swapaxes(factors, 1, 2)), counts


@cache
def mixtures(n: int, d: int) -> list[tuple[FloatArray, FloatArray]]:
    """Scatters and counts of mixtures of one to four components."""
    return [scatters(100 + seed, 1 + seed % 4, d) for seed in range(n)]


@pytest.mark.parametrize("shape", [(), (2,), (2, 3)])
def test_sums_and_extremes_are_over_each_mixture(shape: tuple[int, ...]) -> None:
    values = np.random.default_rng(0).normal(size=(6, *shape))
    parts = [values[:2], values[2:3], values[3:]]
    np.testing.assert_allclose(RAGGED.total(values), [part.sum(axis=0) for part in parts])
    np.testing.assert_array_equal(RAGGED.largest(values), [part.max(axis=0) for part in parts])
    np.testing.assert_array_equal(RAGGED.smallest(values), [part.min(axis=0) for part in parts])
    np.testing.assert_array_equal(RAGGED.each(RAGGED.total(values))[[1, 2, 5]], RAGGED.total(values))


def test_flags_are_those_of_all_components_of_a_mixture() -> None:
    np.testing.assert_array_equal(RAGGED.all(np.array([True, False, True, True, True, True])), [False, True, True])


@pytest.mark.parametrize("chosen", [np.array([True, False, True]), np.array([0, 2])])
def test_some_mixtures_are_a_stack_of_their_own(chosen: np.ndarray) -> None:
    part, at = RAGGED.only(chosen)
    np.testing.assert_array_equal(part.sizes, [2, 3])
    np.testing.assert_array_equal(at, [0, 1, 3, 4, 5])
    np.testing.assert_array_equal(part.owner, [0, 0, 1, 1, 1])
    assert (part.n_mixtures, part.n_components, one(4).n_components) == (2, 5, 4)


@pytest.mark.parametrize("previous", [False, True])
@pytest.mark.parametrize("floored", [False, True])
@pytest.mark.parametrize("d", [1, 2, 4])
@pytest.mark.parametrize("name", NAMES)
def test_an_estimate_is_the_same_to_the_last_bit_in_any_company(
    name: str, d: int, floored: bool, previous: bool
) -> None:
    model = covariance_named(name)
    scatter, counts = scatters(1, 3, d)
    scatter = model.layout.from_dense(scatter)
    floor = model.floor(model.layout.from_dense(3.0 * d * np.eye(d))) if floored else None
    before = model.estimate(1.01 * scatter + counts[0] * 0.01, counts, one(3), None, floor) if previous else None
    alone = model.estimate(scatter, counts, one(3), before, floor)
    assert np.isfinite(alone).all()
    for n, at in ((1, 0), (1, 1), (2, 1), (500, 170)):
        others = [(model.layout.from_dense(matrices), rows) for matrices, rows in mixtures(n, d)]
        stack = [*others[:at], (scatter, counts), *others[at:]]
        segments = Segments(np.array([len(rows) for _, rows in stack]))
        all_scatter, all_counts = (np.concatenate(part) for part in zip(*stack, strict=True))
        start = int(segments.starts[at])
        all_before = None
        if before is not None:
            all_before = model.estimate(1.1 * all_scatter, all_counts, segments, None, floor)
            all_before[start : start + 3] = before
        found = model.estimate(all_scatter, all_counts, segments, all_before, floor)
        np.testing.assert_array_equal(found[start : start + 3], alone)


@pytest.mark.parametrize("bad", BAD)
@pytest.mark.parametrize("previous", [False, True])
@pytest.mark.parametrize("name", NAMES)
def test_a_mixture_without_an_estimate_spoils_no_other(name: str, previous: bool, bad: str) -> None:
    model = covariance_named(name)
    scatter, counts = scatters(1, 3, 3)
    scatter = model.layout.from_dense(scatter)
    floor = model.floor(model.layout.from_dense(1e-3 * np.eye(3)))
    worse = scatter.copy()
    with np.errstate(all="ignore"):
        worse[1] *= BAD[bad]
    for least in (None, floor):
        before = model.estimate(1.1 * scatter, counts, one(3), None, least) if previous else None
        alone = model.estimate(scatter, counts, one(3), before, least)
        found = model.estimate(
            np.concatenate([scatter, worse, scatter]),
            np.tile(counts, 3),
            Segments(np.array([3, 3, 3])),
            None if before is None else np.tile(before, (3,) + (1,) * (before.ndim - 1)),
            least,
        )
        np.testing.assert_array_equal(found[:3], alone)
        np.testing.assert_array_equal(found[6:], alone)
        middle = found[3:6]
        assert np.isfinite(middle).all() or np.isnan(middle).all()
        if bad in ("nan", "inf") and name != "identity":
            assert np.isnan(middle).all()


def test_matrices_that_are_no_good_are_nan_among_others() -> None:
    good, _ = scatters(2, 5, 3)
    bad = np.stack(
        [
            np.full((3, 3), np.nan),
            np.zeros((3, 3)),
            -np.eye(3),
            np.diag([1.0, np.inf, 1.0]),
            np.diag([1.0, 1.0, -1e-13]),
            np.array([[1.0, 2.0, 0.0], [2.0, 1.0, 0.0], [0.0, 0.0, 1.0]]),
        ]
    )
    stack = np.concatenate([good[:2], bad, good[2:]])
    kept = np.r_[0, 1, 8, 9, 10]
    lower = cholesky(stack)
    np.testing.assert_array_equal(lower[kept], np.linalg.cholesky(good))
    assert np.isnan(lower[2:8]).all()
    np.testing.assert_allclose(inverse_of_factors(lower)[kept], np.linalg.inv(np.linalg.cholesky(good)), atol=1e-14)
    assert np.isnan(inverse_of_factors(lower)[2:8]).any(axis=(1, 2)).all()
    np.testing.assert_array_equal(inverses(stack)[kept], np.linalg.inv(good))
    assert np.isnan(inverses(stack)[2:4]).all()
    np.testing.assert_array_equal(eigen(stack)[0][kept], np.linalg.eigh(good)[0])
    np.testing.assert_array_equal(eigen(stack)[1][kept], np.linalg.eigh(good)[1])
    with np.errstate(all="ignore"):
        np.testing.assert_array_equal(log_determinants(stack)[kept], np.linalg.slogdet(good)[1])


@pytest.mark.parametrize("n", [1, 7, 64])
def test_a_factor_is_the_same_with_and_without_bad_neighbours(n: int) -> None:
    good, _ = scatters(3, n, 4)
    mixed = np.concatenate([good, -good, good])
    lower = cholesky(mixed)
    np.testing.assert_array_equal(lower[:n], cholesky(good))
    np.testing.assert_array_equal(lower[2 * n :], cholesky(good))
    assert np.isnan(lower[n : 2 * n]).all()
