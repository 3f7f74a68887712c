"""Draws, and conditional draws, have the moments that theory gives them, within sampling error."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import kstest, multivariate_normal, norm

from emcli.core.complete.sampling import draw
from emcli.core.families import Elliptical
from emcli.core.families.elliptical.covariances import COVARIANCES
from emcli.core.model.mixture import Mixture

from .known import known

N = 100_000
ERRORS = 5.0  # standard errors: 1 in 2 million, and the seed is fixed
MODELS = list(known("sampling_moments"))


def mixture_of(name: str) -> Mixture:
    model = known("sampling_moments")[name]["model"]
    means, covariances = np.array(model["means"]), np.array(model["covariances"])
    return Mixture(np.array(model["weights"]), Elliptical(means, covariances, COVARIANCES["full"]))


@pytest.mark.parametrize("name", MODELS)
def test_draws_have_the_exact_moments(name: str) -> None:
    exact = known("sampling_moments")[name]
    values, labels = draw(mixture_of(name), N, np.random.default_rng(1), {})
    mean, covariance = np.array(exact["mean"]), np.array(exact["covariance"])
    spread = np.sqrt(np.diagonal(covariance))
    np.testing.assert_allclose((values.mean(axis=0) - mean) / spread, 0.0, atol=ERRORS / np.sqrt(N))
    scale = np.outer(spread, spread)
    np.testing.assert_allclose(np.cov(values.T).reshape(scale.shape) / scale, covariance / scale, atol=0.02)
    z = (values - mean) / spread
    np.testing.assert_allclose((z**3).mean(axis=0), exact["skewness"], atol=0.05)
    np.testing.assert_allclose((z**4).mean(axis=0), exact["kurtosis"], atol=0.1)
    for at, probability in exact["cdf_first_column"].items():
        error = np.sqrt(probability * (1.0 - probability) / N)
        assert (values[:, 0] <= float(at)).mean() == pytest.approx(probability, abs=ERRORS * error + 1e-4)
    shares = np.array(exact["model"]["weights"])
    errors = np.sqrt(shares * (1.0 - shares) / N)
    assert (np.abs(np.bincount(labels) / N - shares) < ERRORS * errors).all()


@pytest.mark.parametrize("name", MODELS)
def test_labels_tell_the_component_that_a_row_was_drawn_from(name: str) -> None:
    mixture = mixture_of(name)
    values, labels = draw(mixture, N, np.random.default_rng(2), {})
    for k, (mean, matrix) in enumerate(zip(mixture.family.means, mixture.family.covariances, strict=True)):
        mine = values[labels == k]
        errors = np.sqrt(np.diagonal(matrix) / len(mine))
        assert (np.abs(mine.mean(axis=0) - mean) < ERRORS * errors).all()
        np.testing.assert_allclose(np.cov(mine.T).reshape(matrix.shape), matrix, atol=0.03 * np.abs(matrix).max())


def test_rows_come_in_random_order_of_components() -> None:
    _, labels = draw(mixture_of("three_2d"), N, np.random.default_rng(3), {})
    same = (labels[1:] == labels[:-1]).mean()
    assert same == pytest.approx(0.2**2 + 0.3**2 + 0.5**2, abs=0.01)


@pytest.mark.parametrize("given", [-3.0, 0.5, 4.0])
def test_conditional_draws_follow_the_conditional_distribution(given: float) -> None:
    mixture = mixture_of("three_2d")
    values, labels = draw(mixture, N, np.random.default_rng(4), {0: given})
    assert (values[:, 0] == given).all()
    densities = [
        w * multivariate_normal(m[0], c[0, 0]).pdf(given)
        for w, m, c in zip(mixture.weights, mixture.family.means, mixture.family.covariances, strict=True)
    ]
    shares = np.array(densities) / np.sum(densities)
    errors = np.sqrt(shares * (1.0 - shares) / N)
    assert (np.abs(np.bincount(labels, minlength=3) / N - shares) <= ERRORS * errors + 1e-5).all()
    slopes = mixture.family.covariances[:, 1, 0] / mixture.family.covariances[:, 0, 0]
    means = mixture.family.means[:, 1] + slopes * (given - mixture.family.means[:, 0])
    spreads = np.sqrt(mixture.family.covariances[:, 1, 1] - slopes * mixture.family.covariances[:, 0, 1])

    def distribution(x: np.ndarray) -> np.ndarray:
        return norm(means, spreads).cdf(x[:, None]) @ shares

    assert kstest(values[:, 1], distribution).pvalue > 1e-4


def test_with_all_columns_given_every_draw_is_the_given_row() -> None:
    values, _ = draw(mixture_of("three_2d"), 10, np.random.default_rng(4), {0: 1.5, 1: -2.0})
    np.testing.assert_array_equal(values, [[1.5, -2.0]] * 10)


def test_the_same_seed_draws_the_same_bits() -> None:
    mixture = mixture_of("iris_petal_k3_full")
    first, labels = draw(mixture, 500, np.random.default_rng(7), {})
    again, same = draw(mixture, 500, np.random.default_rng(7), {})
    np.testing.assert_array_equal(first, again)
    np.testing.assert_array_equal(labels, same)
