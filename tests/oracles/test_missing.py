"""Maximum likelihood with missing cells: R's norm, lavaan, a worked table, and a generic optimiser."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import logsumexp

from emcli.core.families import Elliptical
from emcli.core.families.elliptical.covariances import COVARIANCES
from emcli.core.fit.fitting import FitOptions, Fitted, fit_mixture
from emcli.core.model.mixture import Mixture
from emcli.core.passes.completion import fill
from emcli.data.chunk import cut
from emcli.data.rows import FloatArray

from .densities import log_densities
from .known import completed, data, known

NORMALS = ["height_weight", "airquality", "nhanes", "iris_masked"]
MIXTURES = ["iris_masked_k2", "iris_masked_k3"]


def fitted(values: FloatArray, k: int) -> Fitted:
    return fit_mixture(values, np.ones(len(values)), FitOptions(k, tolerance=1e-10, max_iterations=50_000))


def filled(mixture: Mixture, values: FloatArray) -> FloatArray:
    return fill(mixture, values, cut(values, np.ones(len(values)), 64))


@pytest.mark.parametrize("name", NORMALS)
def test_one_normal_is_that_of_the_peers(name: str) -> None:
    values, answer = data(name), known("missing_normal")["results"][name]
    result = fitted(values, 1)
    assert result.converged
    assert result.log_likelihood == pytest.approx(answer["loglik"], rel=1e-6)
    spread = np.sqrt(np.diagonal(answer["covariance"]))
    found = result.mixture.family
    np.testing.assert_allclose(found.means[0] / spread, np.array(answer["mean"]) / spread, atol=1e-4)
    scale = np.outer(spread, spread)
    np.testing.assert_allclose(found.covariances[0] / scale, np.array(answer["covariance"]) / scale, atol=1e-4)
    assert result.n_missing_cells == answer["missing_cells"]


@pytest.mark.parametrize("name", NORMALS)
def test_completions_of_one_normal_are_those_of_the_peers(name: str) -> None:
    values = data(name)
    answer = filled(fitted(values, 1).mixture, values)
    expected = completed(name, known("features")[name])
    spread = np.nanstd(values, axis=0)
    np.testing.assert_allclose(answer / spread, expected / spread, atol=1e-4)


def test_the_defaults_find_the_best_mixture_of_two_for_rows_with_gaps() -> None:
    result = fitted(data("iris_masked"), 2)
    assert result.log_likelihood == pytest.approx(
        known("missing_mixture")["results"]["iris_masked_k2"]["loglik"], rel=1e-6
    )


@pytest.mark.parametrize("name", MIXTURES)
def test_mixtures_of_rows_with_gaps_are_those_of_the_peers(name: str) -> None:
    """From near the peers' end: their optimum of three components is reached by one random start in hundreds."""
    answer = known("missing_mixture")["results"][name]
    values = data(answer["dataset"])
    means, covariances = np.round(answer["means"], 1), 1.1 * np.array(answer["covariances"])
    near = Mixture(np.full(len(means), 1.0 / len(means)), Elliptical(means, covariances, COVARIANCES["full"]))
    options = FitOptions(len(means), init=near, tolerance=1e-10, max_iterations=50_000)
    result = fit_mixture(values, np.ones(len(values)), options)
    assert result.log_likelihood == pytest.approx(answer["loglik"], rel=1e-6)
    order = np.argsort(-np.array(answer["weights"]))
    np.testing.assert_allclose(result.mixture.weights, np.array(answer["weights"])[order], atol=1e-4)
    np.testing.assert_allclose(result.mixture.family.means, np.array(answer["means"])[order], atol=1e-4)
    np.testing.assert_allclose(result.mixture.family.covariances, np.array(answer["covariances"])[order], atol=1e-4)
    spread = np.nanstd(values, axis=0)
    expected = completed(name, answer["features"])
    np.testing.assert_allclose(filled(result.mixture, values) / spread, expected / spread, atol=1e-4)


TABLE = np.array([[172, 62], [170, 61], [152, 44], [168, np.nan], [165, np.nan], [np.nan, 70]])


def test_the_first_completions_of_heights_and_weights_divide_by_the_variance_of_what_is_observed() -> None:
    complete = TABLE[:3]
    start = Elliptical(complete.mean(axis=0)[None], np.cov(complete.T)[None], COVARIANCES["full"])
    np.testing.assert_allclose(start.means, [[164.67, 55.67]], atol=0.005)
    np.testing.assert_allclose(start.covariances, [[[121.3, 111.3], [111.3, 102.3]]], atol=0.05)
    answer = filled(Mixture(np.ones(1), start), TABLE)
    np.testing.assert_allclose([answer[3, 1], answer[4, 1], answer[5, 0]], [58.72, 55.97, 180.26], atol=0.02)


def test_heights_and_weights_end_at_their_maximum_likelihood() -> None:
    result = fitted(TABLE, 1)
    family = result.mixture.family
    assert result.log_likelihood == pytest.approx(-22.323224522, abs=1e-8)
    np.testing.assert_allclose(family.means, [[167.873482, 58.619258]], atol=1e-4)
    np.testing.assert_allclose(family.covariances, [[[72.480383, 66.570085], [66.570085, 61.259147]]], atol=1e-3)
    answer = filled(result.mixture, TABLE)
    expected = [58.735460, 55.980090, 180.240891]
    np.testing.assert_allclose([answer[3, 1], answer[4, 1], answer[5, 0]], expected, atol=1e-4)


def test_nested_gaps_have_the_closed_form_of_successive_regressions() -> None:
    """Where column 2 is missing, column 3 is too: the likelihood splits into regressions on the rows that have them."""
    rng = np.random.default_rng(6)
    values = rng.normal(size=(80, 3)) @ np.array([[1.0, 0.7, -0.3], [0.0, 0.5, 0.8], [0.0, 0.0, 0.4]]) + 5.0
    values[50:, 1:] = np.nan
    values[30:50, 2] = np.nan
    mean, covariance = values[:, 0].mean()[None], values[:, 0].var()[None, None]
    for j, n in ((1, 50), (2, 30)):
        design = np.column_stack([np.ones(n), values[:n, :j]])
        beta, *_ = np.linalg.lstsq(design, values[:n, j], rcond=None)
        residual = float(np.mean((values[:n, j] - design @ beta) ** 2))
        across = covariance @ beta[1:]
        covariance = np.block([[covariance, across[:, None]], [across[None], residual + beta[1:] @ across]])
        mean = np.append(mean, beta[0] + beta[1:] @ mean)
    family = fitted(values, 1).mixture.family
    np.testing.assert_allclose(family.means[0], mean, atol=1e-5)
    np.testing.assert_allclose(family.covariances[0], covariance, atol=1e-5)


def likelihood_of(theta: FloatArray, k: int, values: FloatArray) -> float:
    """Log-likelihood of log weights, means and Cholesky factors (log diagonal) packed in one vector."""
    d = values.shape[1]
    low = np.tril_indices(d)
    log_weights, means, entries = np.split(theta, [k, k + k * d])
    factors = np.zeros((k, d, d))
    factors[:, low[0], low[1]] = entries.reshape(k, -1)
    diagonal = np.arange(d)
    factors[:, diagonal, diagonal] = np.exp(factors[:, diagonal, diagonal])
    matrices = factors @ np.swapaxes(factors, 1, 2)
    weights = np.exp(log_weights - logsumexp(log_weights))
    return float(log_densities(weights, means.reshape(k, d), matrices, values).sum())


def packed(mixture: Mixture) -> FloatArray:
    family = mixture.family
    factors = np.linalg.cholesky(family.covariances)
    diagonal = np.arange(family.n_features)
    factors[:, diagonal, diagonal] = np.log(factors[:, diagonal, diagonal])
    low = np.tril_indices(family.n_features)
    return np.concatenate([np.log(mixture.weights), family.means.ravel(), factors[:, low[0], low[1]].ravel()])


@pytest.mark.parametrize(("name", "k"), [("nhanes", 1), ("iris_petal", 3), ("iris_petal_width", 3), ("faithful", 2)])
def test_a_generic_optimiser_gains_nothing_at_the_optimum(name: str, k: int) -> None:
    values = data(name)
    values = (values - np.nanmean(values, axis=0)) / np.nanstd(values, axis=0)
    result = fitted(values, k)
    theta = packed(result.mixture)
    assert likelihood_of(theta, k, values) == pytest.approx(result.log_likelihood, abs=1e-8)
    answer = minimize(lambda t: -likelihood_of(t, k, values), theta, method="L-BFGS-B", options={"maxiter": 15})
    assert -answer.fun - result.log_likelihood < 1e-6


def test_the_generic_optimiser_gains_where_there_is_something_to_gain() -> None:
    """The check of the check: from a mixture stopped early the same optimiser does find more."""
    values = data("faithful")
    values = (values - values.mean(axis=0)) / values.std(axis=0)
    early = fit_mixture(values, np.ones(len(values)), FitOptions(2, init=np.arange(272) % 2, max_iterations=12))
    theta = packed(early.mixture)
    answer = minimize(lambda t: -likelihood_of(t, 2, values), theta, method="L-BFGS-B", options={"maxiter": 5})
    assert -answer.fun - early.log_likelihood > 1e-3
