"""Rubin's rules: against numbers worked out by hand, and regressions against numpy's least squares."""

from __future__ import annotations

import numpy as np
import pytest

from emcli.core.complete.pooling import Estimates, column_means, pool, regression


def test_the_rules_on_three_tables() -> None:
    analyses = [Estimates(np.array([q]), np.array([u]), 48.0) for q, u in ((1.0, 0.2), (1.4, 0.25), (1.2, 0.3))]
    (pooled,) = pool(analyses)
    within, between = 0.25, 0.04
    variance = within + (1.0 + 1.0 / 3.0) * between
    share = (1.0 + 1.0 / 3.0) * between / variance
    old = 2.0 / share**2
    observed = 49.0 / 51.0 * 48.0 * (1.0 - share)
    assert pooled.estimate == pytest.approx(1.2)
    assert pooled.standard_error == pytest.approx(np.sqrt(variance))
    assert pooled.degrees_of_freedom == pytest.approx(old * observed / (old + observed))
    assert pooled.low < 1.2 < pooled.high


def test_tables_that_agree_have_no_missing_information() -> None:
    (pooled,) = pool([Estimates(np.array([2.0]), np.array([0.5]), 10.0)] * 4)
    assert pooled.missing_information == 0.0
    assert pooled.standard_error == pytest.approx(np.sqrt(0.5))


def test_tables_without_any_variance_of_their_own_leave_only_missing_information() -> None:
    (pooled,) = pool([Estimates(np.array([q]), np.array([0.0]), 10.0) for q in (1.0, 2.0, 3.0)])
    assert pooled.missing_information == 1.0
    assert pooled.standard_error == pytest.approx(np.sqrt(4.0 / 3.0))


def test_with_hardly_any_rows_the_degrees_of_freedom_are_fewer_than_those_of_the_rows() -> None:
    few = [Estimates(np.array([q]), np.array([0.25]), 1.0) for q in (1.0, 1.4, 1.2)]
    many = [Estimates(np.array([q]), np.array([0.25]), 1e9) for q in (1.0, 1.4, 1.2)]
    assert pool(few)[0].degrees_of_freedom < 0.5
    assert pool(many)[0].degrees_of_freedom > 20.0


def test_a_regression_is_least_squares_whatever_the_units() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(50, 2)) * [1e-6, 1e5] + [0.0, 1e6]
    y = 3.0 + x @ [2e5, -1e-4] + rng.normal(size=50)
    found = regression(y, x, np.ones(50))
    scaled = np.column_stack([np.ones(50), (x - [0.0, 1e6]) / [1e-6, 1e5]])
    beta, residual, *_ = np.linalg.lstsq(scaled, y, rcond=None)
    covariance = np.linalg.inv(scaled.T @ scaled) * residual[0] / 47.0
    assert found.values[1:] * [1e-6, 1e5] == pytest.approx(beta[1:], rel=1e-8)
    assert found.variances[1:] * [1e-12, 1e10] == pytest.approx(np.diag(covariance)[1:], rel=1e-8)
    assert found.degrees_of_freedom == 47.0


def test_row_weights_are_repeated_rows() -> None:
    values = np.array([[1.0, 2.0], [2.0, 1.0], [4.0, 7.0], [3.0, 3.0]])
    weights = np.array([2.0, 1.0, 3.0, 1.0])
    repeated = np.repeat(values, weights.astype(int), axis=0)
    weighted, plain = column_means(values, weights), column_means(repeated, np.ones(7))
    assert weighted.values == pytest.approx(plain.values) and weighted.variances == pytest.approx(plain.variances)
    one = regression(values[:, 1], values[:, :1], weights)
    other = regression(repeated[:, 1], repeated[:, :1], np.ones(7))
    assert one.values == pytest.approx(other.values) and one.variances == pytest.approx(other.variances)


def test_collinear_predictors_are_refused() -> None:
    x = np.arange(10.0)
    with pytest.raises(np.linalg.LinAlgError):
        regression(x**2, np.column_stack([x, 2.0 * x + 1.0]), np.ones(10))
