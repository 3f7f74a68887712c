"""What a mixture says about rows, beside scipy.stats."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import entr
from scipy.stats import multivariate_normal

from emcli.core.describe.description import distinctiveness, overlap
from emcli.core.families import Elliptical
from emcli.core.families.elliptical.covariances import COVARIANCES
from emcli.core.model.mixture import Mixture
from emcli.core.model.segments import one
from emcli.core.passes.completion import fill
from emcli.core.passes.evaluation import entropy, evaluate
from emcli.data.chunk import cut

from .densities import joint_densities, log_densities

K, D = 3, 4


def mixture_and_rows(covariance: str, gaps: bool) -> tuple[Mixture, np.ndarray, np.ndarray]:
    """A mixture whose components overlap, its matrices, and 120 rows."""
    rng = np.random.default_rng(9)
    model = COVARIANCES[covariance]
    factors = rng.normal(size=(K, D, D + 1))
    scatter = model.layout.from_dense(factors @ np.swapaxes(factors, 1, 2))
    covariances = model.estimate(scatter, np.full(K, float(D)), one(K))
    mixture = Mixture(np.array([0.5, 0.3, 0.2]), Elliptical(rng.normal(size=(K, D)), covariances, model))
    values = rng.normal(scale=2.0, size=(120, D))
    if gaps:
        values[rng.random(values.shape) < 0.4] = np.nan
    return mixture, model.layout.dense(covariances), values


@pytest.mark.parametrize("gaps", [False, True], ids=["complete", "gaps"])
@pytest.mark.parametrize("covariance", COVARIANCES)
def test_log_densities_and_responsibilities_are_scipys(covariance: str, gaps: bool) -> None:
    mixture, matrices, values = mixture_and_rows(covariance, gaps)
    result = evaluate(mixture, values)
    joint = joint_densities(mixture.weights, mixture.family.means, matrices, values)
    expected = log_densities(mixture.weights, mixture.family.means, matrices, values)
    np.testing.assert_allclose(result.log_density, expected, rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(result.responsibilities, np.exp(joint - expected[:, None]), atol=1e-11)
    np.testing.assert_array_equal(result.labels, joint.argmax(axis=1))
    posterior = np.exp(joint - expected[:, None])
    np.testing.assert_allclose(entropy(result.responsibilities), entr(posterior).sum(axis=1), atol=1e-12)


def test_rows_too_far_for_any_density_still_get_finite_answers() -> None:
    mixture, matrices, _ = mixture_and_rows("full", gaps=False)
    far = np.full((1, D), 1e5)
    result = evaluate(mixture, far)
    expected = log_densities(mixture.weights, mixture.family.means, matrices, far)
    assert np.exp(expected[0]) == 0.0
    assert result.log_density == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("covariance", COVARIANCES)
def test_completions_are_the_weighted_conditional_means(covariance: str) -> None:
    """mu_m + S_mo S_oo^-1 (x_o - mu_o) per component, weighted by the responsibilities, one row at a time."""
    mixture, matrices, values = mixture_and_rows(covariance, gaps=True)
    filled = fill(mixture, values, cut(values, np.ones(len(values)), 32))
    joint = joint_densities(mixture.weights, mixture.family.means, matrices, values)
    posterior = np.exp(joint - log_densities(mixture.weights, mixture.family.means, matrices, values)[:, None])
    for row, answer, shares in zip(values, filled, posterior, strict=True):
        o, m = ~np.isnan(row), np.isnan(row)
        expected = np.zeros(m.sum())
        for share, mean, matrix in zip(shares, mixture.family.means, matrices, strict=True):
            slopes = matrix[np.ix_(m, o)] @ np.linalg.inv(matrix[np.ix_(o, o)])
            expected += share * (mean[m] + slopes @ (row[o] - mean[o]))
        np.testing.assert_array_equal(answer[o], row[o])
        np.testing.assert_allclose(answer[m], expected, atol=1e-9)


def test_overlap_is_the_integral_of_the_root_of_both_densities() -> None:
    model = COVARIANCES["full"]
    family = Elliptical(np.array([[0.0], [1.5]]), np.array([[[1.0]], [[4.0]]]), model)
    table = overlap(Mixture(np.array([0.4, 0.6]), family))
    grid = np.linspace(-30.0, 30.0, 60001)
    roots = [np.sqrt(multivariate_normal(*parameters).pdf(grid)) for parameters in ((0.0, 1.0), (1.5, 4.0))]
    integral = float((roots[0] * roots[1]).sum() * (grid[1] - grid[0]))
    np.testing.assert_allclose(table, [[1.0, integral], [integral, 1.0]], rtol=1e-6)


def test_distinctiveness_is_the_distance_from_the_others_in_their_spreads() -> None:
    family = Elliptical(np.array([[0.0], [10.0], [12.0]]), np.array([[1.0], [4.0], [9.0]]), COVARIANCES["diag"])
    found = distinctiveness(Mixture(np.array([0.5, 0.25, 0.25]), family))
    others = (10.0 + 12.0) / 2
    assert found[0, 0] == pytest.approx((0.0 - others) / np.sqrt((4.0 + 9.0) / 2 + 1.0))
