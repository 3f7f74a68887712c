"""Small identities between covariance models, and the arithmetic of the two representations."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from emcli.core.families.elliptical.covariances import COVARIANCES
from emcli.core.families.elliptical.covariances.dense import DENSE
from emcli.core.families.elliptical.covariances.diagonal import DIAGONAL
from emcli.core.families.elliptical.covariances.factored import FACTORED
from emcli.core.model.segments import one
from emcli.data.chunk import Patterns
from emcli.data.rows import FloatArray

D = 3
COUNTS = np.array([10.0, 25.0, 4.0])


def matrices(seed: int = 0, k: int = 3) -> FloatArray:
    factors = np.random.default_rng(seed).normal(size=(k, D, D + 2))
    return factors @ np.swapaxes(factors, 1, 2)


def estimate(name: str, scatter: FloatArray) -> FloatArray:
    model = COVARIANCES[name]
    return model.estimate(model.layout.from_dense(scatter), COUNTS, one(len(COUNTS)))


def test_tied_is_the_mean_of_full_weighted_by_the_counts() -> None:
    full, tied = estimate("full", matrices()), estimate("tied", matrices())
    np.testing.assert_allclose(tied, np.repeat([np.average(full, axis=0, weights=COUNTS)], 3, axis=0))


def test_diag_is_the_diagonal_of_full() -> None:
    diagonals = np.diagonal(estimate("full", matrices()), axis1=1, axis2=2)
    np.testing.assert_allclose(estimate("diag", matrices()), diagonals)


def test_spherical_is_the_mean_of_diag_over_the_columns() -> None:
    mean = estimate("diag", matrices()).mean(axis=1, keepdims=True)
    np.testing.assert_allclose(estimate("spherical", matrices()), np.repeat(mean, D, axis=1))


def test_identity_is_one_whatever_the_scatter() -> None:
    np.testing.assert_array_equal(estimate("identity", matrices()), np.ones((3, D)))


def test_with_one_column_full_diag_and_spherical_are_the_same() -> None:
    scatter = matrices()[:, :1, :1]
    full, diag, spherical = (estimate(name, scatter) for name in ("full", "diag", "spherical"))
    np.testing.assert_allclose(full[:, :, 0], diag)
    np.testing.assert_allclose(diag, spherical)


def likelihood(covariance: FloatArray, scatter: FloatArray) -> float:
    """Of one row's worth of scatter under a covariance, up to a constant."""
    return float(-0.5 * (np.linalg.slogdet(covariance)[1] + np.trace(np.linalg.solve(covariance, scatter))))


def test_raising_to_the_floor_is_the_most_likely_covariance_above_it() -> None:
    """Any covariance above the floor is floor + R R'; no R that a generic optimiser finds does better."""
    scatter, floor = matrices(1, 1)[0], matrices(2, 1)[0]
    answer = DENSE.raise_to(scatter[None], floor)[0]
    assert np.linalg.eigvalsh(answer - floor).min() > -1e-9
    low = np.tril_indices(D)

    def loss(theta: FloatArray) -> float:
        root = np.zeros((D, D))
        root[low] = theta
        return -likelihood(floor + root @ root.T, scatter)

    starts = np.random.default_rng(3).normal(size=(5, len(low[0])))
    best = min(minimize(loss, start, method="BFGS").fun for start in starts)
    assert likelihood(answer, scatter) == pytest.approx(-best, abs=1e-5)
    assert likelihood(answer, scatter) >= -best - 1e-9


def test_raising_leaves_what_is_above_the_floor_as_it_is() -> None:
    covariances = matrices()
    assert DENSE.raise_to(covariances, 1e-3 * np.eye(D)) is covariances
    np.testing.assert_array_equal(DIAGONAL.raise_to(np.array([[1.0, 0.1]]), np.array([0.5, 0.5])), [[1.0, 0.5]])


@pytest.mark.parametrize(("layout", "make"), [(DENSE, lambda m: m), (DIAGONAL, DIAGONAL.from_dense)])
def test_what_was_raised_is_above_and_what_is_below_is_not(layout: object, make: object) -> None:
    covariances, floor = make(matrices()), make(5.0 * np.eye(D))
    assert not layout.above(covariances, floor).all()
    assert layout.above(layout.raise_to(covariances, floor), floor).all()
    assert not layout.above(-covariances, 0.0 * floor).any()


@pytest.mark.parametrize(("layout", "make"), [(DENSE, lambda m: m), (DIAGONAL, DIAGONAL.from_dense)])
def test_only_those_below_the_floor_are_raised(layout: object, make: object) -> None:
    covariances, floor = make(matrices()), make(np.eye(D))
    covariances[0], covariances[1], covariances[2] = make(30.0 * np.eye(D)), np.nan, make(np.diag([5.0, 0.1, 5.0]))
    np.testing.assert_array_equal(layout.above(covariances, floor), [True, False, False])
    raised = layout.raise_to(covariances, floor)
    np.testing.assert_array_equal(raised[:2], covariances[:2])
    np.testing.assert_array_equal(layout.above(raised, floor), [True, False, True])
    np.testing.assert_array_equal(raised[2:], layout.raise_to(covariances[2:], floor))


LOADED = np.random.default_rng(6).normal(size=(3, D, 2)) ** 2
LAYOUTS = {"dense": (DENSE, matrices()), "diagonal": (DIAGONAL, LOADED[..., 0]), "factored": (FACTORED, LOADED)}
PATTERNS = {
    "complete": Patterns(b"", np.array([[0, 1, 2]]), np.empty((1, 0), dtype=int)),
    "holes": Patterns(b"", np.array([[0, 1], [0, 2]]), np.array([[2], [1]])),
}


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("name", LAYOUTS)
@pytest.mark.parametrize("bad", [np.nan, np.inf, 0.0, -1.0])
def test_a_component_that_is_no_good_conditions_to_nan_and_spoils_no_other(name: str, pattern: str, bad: float) -> None:
    layout, covariances = LAYOUTS[name]
    worse = covariances.copy()
    worse[1] = bad
    with np.errstate(all="ignore"):
        good, found = (layout.condition(of, PATTERNS[pattern]) for of in (covariances, worse))
    for field in ("log_norms", "factors", "slopes", "residuals"):
        a, b = getattr(good, field), getattr(found, field)
        if a.ndim > 1 and a.size:
            np.testing.assert_array_equal(b[:, [0, 2]], a[:, [0, 2]])
            assert np.isnan(b[:, 1]).reshape(len(b), -1).any(axis=1).all()
    norms = layout.precision_norm(found)
    assert norms[1] == np.inf
    np.testing.assert_array_equal(norms[[0, 2]], layout.precision_norm(good)[[0, 2]])


@pytest.mark.parametrize("layout", [DENSE, DIAGONAL])
def test_the_norm_of_a_precision_is_the_largest_among_the_patterns(layout: object) -> None:
    covariances = layout.from_dense(np.array([np.diag([4.0, 1.0, 0.25]), np.eye(D)]))
    expected = [4.25, 2.0] if layout is DENSE else [4.0, 1.0]
    np.testing.assert_allclose(layout.precision_norm(layout.condition(covariances, PATTERNS["holes"])), expected)


def test_relative_eigenvalues_are_those_of_the_whitened_matrices() -> None:
    reference = matrices(7, 1)[0]
    expected = np.sort(np.linalg.eigvals(np.linalg.solve(reference, matrices())).real, axis=1)
    np.testing.assert_allclose(DENSE.relative_eigenvalues(matrices(), reference), expected)
    variances, base = np.array([[4.0, 1.0]]), np.array([2.0, 5.0])
    np.testing.assert_allclose(DIAGONAL.relative_eigenvalues(variances, base), [[0.2, 2.0]])


def test_both_representations_rescale_as_columns_do() -> None:
    scale = np.array([2.0, 0.5, 10.0])
    expected = np.diag(scale) @ matrices() @ np.diag(scale)
    np.testing.assert_allclose(DENSE.rescale(matrices(), scale), expected)
    np.testing.assert_allclose(
        DIAGONAL.rescale(DIAGONAL.from_dense(matrices()), scale), np.diagonal(expected, axis1=1, axis2=2)
    )


def test_centring_moves_the_scatter_from_the_anchor_to_the_mean() -> None:
    rows = np.random.default_rng(4).normal(size=(20, D)) + 3.0
    about_anchor, shift = (rows.T @ rows)[None], rows.mean(axis=0)[None]
    about_mean = (rows - shift).T @ (rows - shift)
    np.testing.assert_allclose(DENSE.centre(about_anchor, shift, np.array([20.0]))[0], about_mean, atol=1e-10)
    diagonal = DIAGONAL.centre(DIAGONAL.from_dense(about_anchor), shift, np.array([20.0]))
    np.testing.assert_allclose(diagonal[0], np.diagonal(about_mean), atol=1e-10)


def test_diagonal_and_dense_agree_on_what_is_diagonal() -> None:
    variances = np.array([[1.0, 2.0], [3.0, 4.0]])
    dense = DIAGONAL.dense(variances)
    np.testing.assert_array_equal(dense, [np.diag(v) for v in variances])
    np.testing.assert_array_equal(DENSE.diagonal(dense), variances)
    np.testing.assert_array_equal(DIAGONAL.from_dense(dense), variances)


def some_patterns(n: int, d: int, o: int) -> Patterns:
    """Patterns of d columns that observe o of them each."""
    order = np.argsort(np.random.default_rng(8).random((n, d)), axis=1)
    return Patterns(b"", np.sort(order[:, :o], axis=1), np.sort(order[:, o:], axis=1))


def everything(layout: object, covariances: FloatArray, patterns: Patterns, seed_rows: FloatArray) -> list[FloatArray]:
    """What a layout makes of k covariances and of rows of totals (k, n), with the components in front."""
    n_patterns, o = patterns.observed.shape
    k = len(covariances)
    conditional = layout.condition(covariances, patterns)
    means = np.ascontiguousarray(np.swapaxes(seed_rows[:, : n_patterns * o].reshape(k, n_patterns, o), 0, 1))
    coefficients = layout.coefficients(conditional, means)
    counts, sums, scatter = layout.about_means(coefficients, means)
    full = layout.complete(conditional, patterns, np.abs(counts), sums, scatter)
    fields = (conditional.log_norms, conditional.factors, coefficients, counts, sums, scatter)
    return [*(np.moveaxis(field, 1, 0) for field in fields), layout.precision_norm(conditional), *full]


@pytest.mark.parametrize(("n_patterns", "d", "o"), [(1, 4, 4), (1, 1, 1), (9, 2, 1), (20, 5, 3), (3, 9, 8)])
@pytest.mark.parametrize("layout", [DENSE, DIAGONAL, FACTORED], ids=["dense", "diagonal", "factored"])
def test_what_is_made_of_a_component_is_the_same_to_the_last_bit_in_any_company(
    layout: object, n_patterns: int, d: int, o: int
) -> None:
    rng, patterns = np.random.default_rng(9), some_patterns(n_patterns, d, o)
    rows = rng.normal(size=(301, 200))
    if layout is FACTORED:
        covariances = rng.normal(size=(301, d, 3)) ** 2 + 0.1
    else:
        factors = rng.normal(size=(301, d, 2 * d))
        covariances = layout.from_dense(factors @ np.swapaxes(factors, 1, 2))
    together = everything(layout, covariances, patterns, rows)
    for at in (slice(0, 1), slice(150, 151), slice(150, 153), slice(299, 301)):
        alone = everything(layout, covariances[at], patterns, rows[at])
        for one_field, field in zip(alone, together, strict=True):
            np.testing.assert_array_equal(one_field, field[at])
