"""Units, offsets and orders: what a change of them may do to a fit, and what it may not.

Rows lie on a dyadic grid, so that an offset of 2^27 (1e8) standard deviations is added without rounding: what is
tested is the arithmetic of the fit, not that of the test.
"""

from __future__ import annotations

import numpy as np
import pytest

from emcli.core.fit.fitting import FitOptions, Fitted, fit_mixture
from emcli.core.model.assignment import soft
from emcli.core.model.mixture import Mixture
from emcli.core.passes.evaluation import evaluate
from emcli.data.rows import FloatArray, IntArray

from .cases import CASES, COMPLETE, Case, example, random_gaps

GRID = 2.0**-20
OFFSET = 2.0**27
K, ROWS, COLUMNS = 3, 90, 3
FACTORS = np.array([1e-9, 3.7, 1e9])


def table(case: Case) -> tuple[FloatArray, IntArray, FloatArray]:
    """Rows on the grid, labels that are wrong for one row in five, and case weights."""
    rng = np.random.default_rng(21)
    given = example(case, 4, random_gaps(case, rng, (ROWS, COLUMNS)), K)
    labels = np.where(rng.random(ROWS) < 0.2, rng.integers(K, size=ROWS), given.labels)
    return np.round(given.values / GRID) * GRID, labels.astype(np.intp), given.case_weights


def fitted(case: Case, values: FloatArray, case_weights: FloatArray, labels: IntArray) -> Fitted:
    return fit_mixture(
        values,
        case_weights,
        FitOptions(K, case.covariance, case.family, case.noise, init=labels, accelerate="none", max_iterations=25),
    )


def factors_for(case: Case) -> FloatArray:
    """The change of units that the model can express."""
    one = np.ones(COLUMNS)
    return {"columns": FACTORS, "common": 1e-9 * one, "shift": one}[case.model.invariance]


def assert_same_mixture(a: Mixture, b: Mixture, atol: float = 1e-7) -> None:
    np.testing.assert_allclose(a.weights, b.weights, atol=atol)
    np.testing.assert_allclose(a.family.means, b.family.means, atol=atol)
    np.testing.assert_allclose(a.family.covariances, b.family.covariances, atol=atol)


@pytest.mark.usefixtures("form")
@pytest.mark.parametrize("case", CASES)
def test_a_shift_by_a_hundred_million_deviations_changes_nothing(case: Case) -> None:
    values, labels, case_weights = table(case)
    here = fitted(case, values, case_weights, labels)
    there = fitted(case, values + OFFSET, case_weights, labels)
    assert there.log_likelihood == pytest.approx(here.log_likelihood, abs=1e-5)
    np.testing.assert_allclose(
        evaluate(there.mixture, values + OFFSET).responsibilities,
        evaluate(here.mixture, values).responsibilities,
        atol=1e-6,
    )


@pytest.mark.usefixtures("form")
@pytest.mark.parametrize("sign", [1, -1], ids=["larger", "smaller"])
@pytest.mark.parametrize("case", CASES)
def test_other_units_change_the_log_likelihood_by_the_jacobian_alone(case: Case, sign: int) -> None:
    values, labels, case_weights = table(case)
    factors = factors_for(case) ** sign
    here = fitted(case, values, case_weights, labels)
    there = fitted(case, values * factors, case_weights, labels)
    jacobian = -float((case_weights @ ~np.isnan(values)) @ np.log(factors))
    assert there.log_likelihood == pytest.approx(here.log_likelihood + jacobian, abs=1e-6)
    np.testing.assert_allclose(
        evaluate(there.mixture, values * factors).responsibilities,
        evaluate(here.mixture, values).responsibilities,
        atol=1e-6,
    )
    np.testing.assert_allclose(there.mixture.family.means / factors, here.mixture.family.means, atol=1e-6)


@pytest.mark.parametrize("case", CASES)
def test_a_search_from_many_starts_does_not_see_the_units(case: Case) -> None:
    values, _, case_weights = table(case)
    factors = factors_for(case)
    options = FitOptions(K, case.covariance, case.family, case.noise, n_starts=3)
    here = fit_mixture(values, case_weights, options)
    there = fit_mixture(values * factors, case_weights, options)
    labels = evaluate(there.mixture, values * factors).labels
    np.testing.assert_array_equal(labels, evaluate(here.mixture, values).labels)


@pytest.mark.usefixtures("form")
@pytest.mark.parametrize("case", CASES)
def test_the_order_of_the_rows_changes_nothing(case: Case) -> None:
    values, labels, case_weights = table(case)
    order = np.random.default_rng(1).permutation(ROWS)
    here = fitted(case, values, case_weights, labels)
    there = fitted(case, values[order], case_weights[order], labels[order])
    assert there.log_likelihood == pytest.approx(here.log_likelihood, abs=1e-8)
    assert_same_mixture(there.mixture, here.mixture)


@pytest.mark.parametrize("case", CASES)
def test_the_order_of_the_columns_changes_their_order_alone(case: Case) -> None:
    values, labels, case_weights = table(case)
    order = np.array([2, 0, 1])
    here = fitted(case, values, case_weights, labels).mixture
    there = fitted(case, values[:, order], case_weights, labels)
    family = here.family
    covariances = family.covariances[:, order]
    if covariances.ndim == 3:
        covariances = covariances[:, :, order]
    np.testing.assert_allclose(there.mixture.family.means, family.means[:, order], atol=1e-7)
    np.testing.assert_allclose(there.mixture.family.covariances, covariances, atol=1e-7)
    np.testing.assert_allclose(there.mixture.weights, here.weights, atol=1e-7)


@pytest.mark.parametrize("case", CASES)
def test_the_numbers_of_the_starting_labels_change_nothing(case: Case) -> None:
    values, labels, case_weights = table(case)
    here = fitted(case, values, case_weights, labels)
    there = fitted(case, values, case_weights, np.array([2, 0, 1])[labels])
    assert_same_mixture(there.mixture, here.mixture)


@pytest.mark.parametrize("case", CASES)
def test_components_in_another_order_say_the_same_in_that_order(case: Case) -> None:
    given = example(case, 9, random_gaps(case, np.random.default_rng(2), (50, 4)), K)
    order = np.array([1, 2, 0])
    here = evaluate(given.mixture, given.values)
    there = evaluate(given.mixture.reordered(order), given.values)
    np.testing.assert_allclose(there.responsibilities[:, :K], here.responsibilities[:, order], atol=1e-12)
    np.testing.assert_allclose(there.log_density, here.log_density, rtol=1e-12)


@pytest.mark.parametrize("case", CASES)
def test_components_come_in_canonical_order_whatever_order_they_were_in(case: Case) -> None:
    mixture = example(case, 9, np.ones((10, 4), dtype=bool), K).mixture
    canonical = mixture.canonical()
    assert (np.diff(canonical.weights) <= 0.0).all()
    for order in ([1, 2, 0], [2, 1, 0], [0, 2, 1]):
        again = mixture.reordered(np.array(order)).canonical()
        np.testing.assert_array_equal(again.weights, canonical.weights)
        np.testing.assert_array_equal(again.family.means, canonical.family.means)
        np.testing.assert_array_equal(again.family.covariances, canonical.family.covariances)


@pytest.mark.parametrize("case", COMPLETE)
def test_equal_weights_are_put_in_order_by_the_means(case: Case) -> None:
    mixture = example(case, 9, np.ones((10, 2), dtype=bool), K).mixture
    even = Mixture(np.full(K, 1.0 / K), mixture.family).canonical()
    assert (np.diff(even.family.means[:, 0]) >= 0.0).all()


@pytest.mark.usefixtures("form")
@pytest.mark.parametrize("case", CASES)
def test_the_reported_log_likelihood_is_that_of_the_returned_mixture(case: Case) -> None:
    values, labels, case_weights = table(case)
    result = fitted(case, values, case_weights, labels)
    assert result.log_likelihood == pytest.approx(
        float(case_weights @ evaluate(result.mixture, values).log_density), abs=1e-8
    )
    assert result.history[-1] == pytest.approx(result.log_likelihood, abs=1e-8)


@pytest.mark.parametrize("case", CASES)
def test_soft_responsibilities_sum_to_one(case: Case) -> None:
    given = example(case, 13, random_gaps(case, np.random.default_rng(2), (200, 4)), K, spread=30.0)
    sums = evaluate(given.mixture, given.values).responsibilities.sum(axis=1)
    np.testing.assert_allclose(sums, 1.0, rtol=1e-14)
    far = np.where(np.isnan(given.values), np.nan, 1e6)
    np.testing.assert_allclose(evaluate(given.mixture, far).responsibilities.sum(axis=1), 1.0, rtol=1e-14)
    assert soft(np.full((1, K, 2), -1e5))[0].sum() == pytest.approx(2.0)
