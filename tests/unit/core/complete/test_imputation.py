"""Completions of single rows: against formulas written out, and against brute force."""

from __future__ import annotations

import numpy as np
import pytest

from emcli.core.complete.completed_scale import CompletedScale
from emcli.core.complete.imputation import Imputer
from emcli.core.families import Elliptical
from emcli.core.families.elliptical.covariances import COVARIANCES, covariance_named
from emcli.core.model.mixture import Mixture
from emcli.data.rows import BoolArray, FloatArray

D, K = 4, 2
NO = np.zeros(D, dtype=np.bool_)
INF = np.inf


def some_mixture() -> Mixture:
    rng = np.random.default_rng(1)
    roots = rng.normal(size=(K, D, D))
    covariances = 0.4 * (roots @ roots.transpose(0, 2, 1)) + 0.2 * np.eye(D)
    return Mixture(np.array([0.6, 0.4]), Elliptical(rng.normal(size=(K, D)), covariances, COVARIANCES["full"]))


def scale(
    logs: BoolArray = NO, low: tuple[float, ...] = (-INF,) * D, high: tuple[float, ...] = (INF,) * D
) -> CompletedScale:
    return CompletedScale(logs, np.array(low), np.array(high), NO)


def conditionals(mixture: Mixture, row: FloatArray) -> tuple[FloatArray, list[FloatArray], list[FloatArray]]:
    """Weights, means and covariances of the missing cells given the observed ones, written out."""
    o, m = ~np.isnan(row), np.isnan(row)
    weights, means, covariances = [], [], []
    for weight, mean, s in zip(mixture.weights, mixture.family.means, mixture.family.covariances, strict=True):
        inverse = np.linalg.inv(s[np.ix_(o, o)])
        z = row[o] - mean[o]
        density = np.exp(-0.5 * z @ inverse @ z) / np.sqrt(np.linalg.det(2.0 * np.pi * s[np.ix_(o, o)]))
        slopes = s[np.ix_(m, o)] @ inverse
        weights.append(weight * density)
        means.append(mean[m] + slopes @ z)
        covariances.append(s[np.ix_(m, m)] - slopes @ s[np.ix_(o, m)])
    return np.array(weights) / np.sum(weights), means, covariances


def by_rejection(mixture: Mixture, row: FloatArray, limits: CompletedScale, n: int = 400_000) -> FloatArray:
    """Many draws (n, m) of the missing cells in data units that lie inside their bounds."""
    m = np.isnan(row)
    inward = limits.inward(row[None])[0]
    rng = np.random.default_rng(2)
    weights, means, covariances = conditionals(mixture, inward)
    labels = rng.choice(K, size=n, p=weights)
    cells = np.empty((n, int(m.sum())))
    for k in range(K):
        mine = labels == k
        cells[mine] = rng.multivariate_normal(means[k], covariances[k], size=int(mine.sum()))
    logs = limits.logs[m]
    cells[:, logs] = np.exp(cells[:, logs])
    return cells[((cells >= limits.low[m]) & (cells <= limits.high[m])).all(axis=1)]


def test_means_and_errors_are_those_of_total_expectation_and_total_variance() -> None:
    mixture, row = some_mixture(), np.array([0.5, np.nan, np.nan, 1.0])
    weights, means, covariances = conditionals(mixture, row)
    mean = weights @ np.array(means)
    within = weights @ np.array([np.diag(c) for c in covariances])
    between = weights @ (np.array(means) - mean) ** 2
    completed, errors = Imputer(mixture).expected(row[None])
    assert np.allclose(completed[0], [0.5, *mean, 1.0], rtol=1e-12)
    assert np.allclose(errors[0], [0.0, *np.sqrt(within + between), 0.0], rtol=1e-12)


def test_a_row_with_nothing_observed_gets_the_mean_of_the_mixture() -> None:
    mixture = some_mixture()
    completed, _ = Imputer(mixture).expected(np.full((1, D), np.nan))
    assert np.allclose(completed[0], mixture.weights @ mixture.family.means)


@pytest.mark.parametrize(
    ("limits", "row"),
    [
        (scale(low=(-INF, 0.0, -INF, -INF)), [0.5, np.nan, np.nan, 1.0]),
        (scale(low=(-INF, 0.0, -1.0, -INF), high=(INF, INF, 0.5, INF)), [np.nan, np.nan, np.nan, 1.0]),
        (
            scale(np.array([False, True, False, False]), (-INF, 0.2, -INF, -INF), (INF, 3.0, INF, INF)),
            [0.3, np.nan, np.nan, 1.0],
        ),
        (
            scale(np.array([False, True, True, False]), (-INF, 0.2, 0.1, -INF), (INF, 3.0, 3.0, INF)),
            [np.nan, np.nan, np.nan, np.nan],
        ),
    ],
    ids=["one bound", "two bounds", "a logarithm", "two logarithms"],
)
def test_bounded_cells_have_the_truncated_distribution(limits: CompletedScale, row: list[float]) -> None:
    mixture, cells = some_mixture(), np.array(row)
    missing = np.isnan(cells)
    reference = by_rejection(mixture, cells, limits)
    spread = reference.std(axis=0)
    completed, errors = Imputer(mixture, limits).expected(cells[None])
    assert np.abs((completed[0, missing] - reference.mean(axis=0)) / spread).max() < 0.015
    assert np.allclose(errors[0, missing], spread, rtol=0.02)
    uniforms = np.random.default_rng(3).random((8_000, D + 2))
    drawn = Imputer(mixture, limits).drawn(np.repeat(cells[None], 8_000, axis=0), uniforms)[:, missing]
    assert (drawn >= limits.low[missing]).all() and (drawn <= limits.high[missing]).all()
    assert np.abs((drawn.mean(axis=0) - reference.mean(axis=0)) / spread).max() < 0.04
    quantiles = [0.05, 0.25, 0.5, 0.75, 0.95]
    difference = np.quantile(drawn, quantiles, axis=0) - np.quantile(reference, quantiles, axis=0)
    assert np.abs(difference / spread).max() < 0.1
    assert np.allclose(np.corrcoef(drawn.T), np.corrcoef(reference.T), atol=0.04)


def test_the_mean_of_a_logarithmic_column_is_not_its_median() -> None:
    normal = Mixture(np.ones(1), Elliptical(np.array([[1.0]]), np.array([[[0.5]]]), COVARIANCES["full"]))
    limits = CompletedScale(np.ones(1, np.bool_), np.array([-INF]), np.array([INF]), np.zeros(1, np.bool_))
    completed, errors = Imputer(normal, limits).expected(np.array([[np.nan]]))
    assert completed[0, 0] == pytest.approx(np.exp(1.25))
    assert errors[0, 0] == pytest.approx(np.exp(1.25) * np.sqrt(np.expm1(0.5)))


@pytest.mark.parametrize("limits", [scale(), scale(low=(0.0, 0.0, -1.0, -INF))], ids=["free", "bounded"])
def test_what_a_row_gets_depends_on_no_other_row_to_the_last_bit(limits: CompletedScale) -> None:
    rng = np.random.default_rng(4)
    values = np.where(rng.random((200, D)) < 0.4, np.nan, rng.normal(size=(200, D)))
    values[limits.low[None] > values] = 1.0
    uniforms = rng.random((200, D + 2))
    imputer = Imputer(some_mixture(), limits)
    together, errors = imputer.expected(values)
    drawn = imputer.drawn(values, uniforms)
    for part in (slice(0, 1), slice(1, 8), slice(8, 200)):
        alone, alone_errors = imputer.expected(values[part])
        assert np.array_equal(alone, together[part]) and np.array_equal(alone_errors, errors[part])
        assert np.array_equal(imputer.drawn(values[part], uniforms[part]), drawn[part])


def test_a_bound_far_out_still_gives_a_number_inside() -> None:
    limits = scale(low=(300.0, -INF, -INF, -INF))
    completed, errors = Imputer(some_mixture(), limits).expected(np.array([[np.nan, np.nan, 0.0, 0.0]]))
    assert np.isfinite(completed).all() and np.isfinite(errors).all()
    assert 300.0 <= completed[0, 0] < 301.0


@pytest.mark.parametrize("covariance", ["full", "tied", "diag", "spherical"])
def test_every_layout_completes_and_draws(covariance: str) -> None:
    model = COVARIANCES[covariance]
    dense = some_mixture()
    matrices = model.layout.from_dense(dense.family.covariances)
    mixture = Mixture(dense.weights, Elliptical(dense.family.means, matrices, model))
    row = np.array([[0.5, np.nan, np.nan, 1.0]])
    completed, errors = Imputer(mixture).expected(row)
    drawn = Imputer(mixture).drawn(np.repeat(row, 4000, axis=0), np.random.default_rng(0).random((4000, D + 2)))
    assert np.abs(drawn.mean(axis=0) - completed[0]).max() < 0.1
    assert np.allclose(drawn.std(axis=0), errors[0], atol=0.1)


def test_values_are_not_written_to() -> None:
    values = np.array([[0.5, np.nan, np.nan, 1.0]])
    before = values.copy()
    Imputer(some_mixture()).expected(values)
    Imputer(some_mixture()).drawn(values, np.full((1, D + 2), 0.5))
    assert np.array_equal(values, before, equal_nan=True)


def test_whole_numbers_stay_inside_their_bounds() -> None:
    limits = CompletedScale(NO, np.array([0.6, -INF, -INF, -INF]), np.array([2.4, INF, INF, INF]), ~NO)
    written = limits.written(np.array([[0.6, -0.4, 1.5, 7.0], [2.4, 0.5, 2.5, -7.5]]))
    assert written.tolist() == [[1.0, 0.0, 2.0, 7.0], [2.0, 0.0, 2.0, -8.0]]
    assert not np.signbit(written[0, 1])


def test_a_cell_that_the_others_determine_is_filled_whatever_rounding_leaves_of_its_variance() -> None:
    """Loadings beside noise of 1e-17: the conditional variance of one column given another comes out below 0."""
    loadings = np.array([[[1.0, 1e-17], [0.3, 1e-17], [0.7, 1e-17]]])
    mixture = Mixture(np.ones(1), Elliptical(np.zeros((1, 3)), loadings, covariance_named("factor:1")))
    rows = np.array([[2.0, np.nan, np.nan]])
    completed, errors = Imputer(mixture).expected(rows)
    np.testing.assert_allclose(completed, [[2.0, 0.6, 1.4]], rtol=1e-6)
    np.testing.assert_allclose(errors, 0.0, atol=1e-7)
    drawn = Imputer(mixture).drawn(rows, np.random.default_rng(0).random((1, 5)))
    np.testing.assert_allclose(drawn, [[2.0, 0.6, 1.4]], atol=1e-4)
