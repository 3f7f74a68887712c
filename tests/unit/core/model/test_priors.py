"""The conjugate prior: the posterior mode in closed form where there is one, and what it is for."""

from __future__ import annotations

import numpy as np
import pytest

from emcli.core.families.elliptical.covariances import COVARIANCES
from emcli.core.fit.fitting import FitOptions, Fitted, fit_mixture
from emcli.core.model.priors import MEAN_ROWS
from emcli.data.rows import FloatArray


def fitted(values: FloatArray, k: int, name: str, *, prior: bool = True) -> Fitted:
    return fit_mixture(values, np.ones(len(values)), FitOptions(k, name, n_starts=2, prior=prior))


def clusters_and_a_pair(seed: int = 0) -> FloatArray:
    """Two clusters of 20 rows, and two rows that nearly coincide."""
    rng = np.random.default_rng(seed)
    pair = np.array([[10.0, 10.0], [10.0001, 10.0]])
    return np.vstack([rng.normal(size=(20, 2)), rng.normal(size=(20, 2)) + 4.0, pair])


def test_one_full_component_has_the_posterior_mode_of_the_textbook() -> None:
    """(Lambda + W) / (nu + d + n + 2): the mean is the overall mean, so nothing pulls at it."""
    values = clusters_and_a_pair()
    n, d = values.shape
    spread = np.cov(values.T, bias=True)
    family = fitted(values, 1, "full").mixture.family
    np.testing.assert_allclose(family.covariances[0], (spread + n * spread) / (d + 2 + d + n + 2), rtol=1e-6)
    np.testing.assert_allclose(family.means[0], values.mean(axis=0), rtol=1e-9)


def test_one_round_component_has_the_posterior_mode_of_the_textbook() -> None:
    """(variance + tr W) / (nu + (n + 1) d + 2)."""
    values = clusters_and_a_pair()
    n, d = values.shape
    variance = values.var(axis=0)
    family = fitted(values, 1, "spherical").mixture.family
    expected = (variance.mean() + n * variance.sum()) / (d + 2 + (n + 1) * d + 2)
    np.testing.assert_allclose(family.covariances[0], expected, rtol=1e-6)


@pytest.mark.parametrize("name", ["full", "tied"])
def test_a_mean_is_pulled_towards_the_overall_mean_by_a_hundredth_of_a_row(name: str) -> None:
    values = np.vstack(
        [np.random.default_rng(1).normal(size=(30, 2)), np.random.default_rng(2).normal(size=(30, 2)) + 50]
    )
    means = fitted(values, 2, name).mixture.family.means
    groups = sorted([values[:30].mean(axis=0), values[30:].mean(axis=0)], key=lambda mean: float(mean[0]))
    expected = [(30 * mean + MEAN_ROWS * values.mean(axis=0)) / (30 + MEAN_ROWS) for mean in groups]
    np.testing.assert_allclose(sorted(means.tolist()), np.array(expected), atol=1e-6)


@pytest.mark.parametrize("name", [*COVARIANCES, "factor:1"])
def test_log_likelihood_and_log_prior_together_never_fall(name: str) -> None:
    values = clusters_and_a_pair(3)
    values[::5, 1] = np.nan
    history = np.array(fitted(values, 3, name).history)
    assert (np.diff(history) >= -1e-9 * (1.0 + np.abs(history[1:]))).all()


@pytest.mark.parametrize("name", ["full", "diag", "spherical", "VEI", "VVE", "VEV"])
def test_a_component_on_nearly_one_point_keeps_a_width(name: str) -> None:
    values = clusters_and_a_pair()
    with_prior, without = fitted(values, 3, name), fitted(values, 3, name, prior=False)
    assert not with_prior.soundness.at_floor
    layout = with_prior.mixture.family.model.layout
    narrowest = np.linalg.eigvalsh(layout.dense(with_prior.mixture.family.covariances)).min()
    assert narrowest > 0.01
    # Without a prior the spike may be met and refused: then it is among the alternatives.
    reached = max(without.log_likelihood, *(other.log_likelihood for other in without.alternatives), -np.inf)
    assert with_prior.log_likelihood <= reached or without.soundness.suspicious


@pytest.mark.parametrize("name", ["full", "diag", "tied"])
def test_the_units_of_the_columns_do_not_matter(name: str) -> None:
    values, scale = clusters_and_a_pair(), np.array([1e-6, 1e6])
    a, b = fitted(values, 2, name), fitted(values * scale, 2, name)
    assert b.log_likelihood == pytest.approx(a.log_likelihood - len(values) * np.log(scale).sum(), abs=1e-5)
    np.testing.assert_allclose(b.mixture.weights, a.mixture.weights, atol=1e-5)
