"""Mixtures of factor analysers: loadings and noise instead of a matrix per component."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.decomposition import FactorAnalysis

from emcli.core.families.elliptical.covariances import covariance_named
from emcli.core.families.elliptical.covariances.factor import Factor, parsed
from emcli.core.fit.fitting import FitOptions, Fitted, fit_mixture
from emcli.core.model.plain import from_plain, to_plain
from emcli.core.passes.evaluation import evaluate
from emcli.data.rows import FloatArray
from emcli.errors import CannotFit

ROUNDING = 1e-12


def analysed_rows(rng: np.random.Generator, n: int, d: int, q: int) -> FloatArray:
    return rng.normal(size=(n, q)) @ rng.normal(size=(q, d)) + rng.normal(size=(n, d)) * rng.uniform(0.3, 1.5, d)


def two_groups(d: int, n: int = 150) -> FloatArray:
    rng = np.random.default_rng(0)
    return np.vstack([analysed_rows(rng, n, d, 2), 3.0 + analysed_rows(rng, n, d, 2)])


def fitted(values: FloatArray, k: int = 2, name: str = "factor:2", **options: object) -> Fitted:
    return fit_mixture(values, np.ones(len(values)), FitOptions(k, name, n_starts=2, **options))  # type: ignore[arg-type]


def test_one_component_is_factor_analysis() -> None:
    values = analysed_rows(np.random.default_rng(1), 300, 8, 2)
    peer = FactorAnalysis(2, tol=1e-10, max_iter=20_000, svd_method="lapack").fit(values)
    assert fitted(values, 1).log_likelihood == pytest.approx(300 * peer.score(values), abs=1e-4)


@pytest.mark.parametrize("accelerate", ["none", "auto"])
@pytest.mark.parametrize("share", [0.0, 0.2])
def test_the_log_likelihood_never_falls(share: float, accelerate: str) -> None:
    values = two_groups(6, 60)
    values[np.random.default_rng(3).random(values.shape) < share] = np.nan
    history = np.array(fitted(values, accelerate=accelerate, max_iterations=100).history)
    assert (np.diff(history) >= -ROUNDING * np.abs(history[1:])).all()


def test_parameters_are_counted_without_the_rotations() -> None:
    model = Factor(2)
    assert model.n_parameters(1, 8) == 8 * 2 + 8 - 1
    assert model.n_parameters(3, 8) == 3 * 23
    assert Factor(4).n_parameters(1, 4) == 10  # never more than a full matrix has


def test_as_many_factors_as_columns_are_refused() -> None:
    with pytest.raises(CannotFit, match="factors must be fewer than columns"):
        fitted(two_groups(3), 2, "factor:3")


def test_more_columns_than_rows_can_be_fitted() -> None:
    values = two_groups(30, 20)
    answer = fitted(values)
    labels = evaluate(answer.mixture, values).labels
    assert {tuple(labels[:20]), tuple(labels[20:])} == {(0,) * 20, (1,) * 20}


def test_the_units_of_the_columns_do_not_matter() -> None:
    values = two_groups(5, 80)
    scale = 10.0 ** np.random.default_rng(2).uniform(-6, 6, 5)
    a, b = (fitted(given, tolerance=1e-9) for given in (values, values * scale + 1e3 * scale))
    assert b.log_likelihood == pytest.approx(a.log_likelihood - len(values) * np.log(scale).sum(), rel=1e-6)
    np.testing.assert_allclose(
        evaluate(a.mixture, values).responsibilities,
        evaluate(b.mixture, values * scale + 1e3 * scale).responsibilities,
        atol=1e-4,
    )


def test_a_model_goes_through_plain_numbers_unchanged() -> None:
    mixture = fitted(two_groups(4, 50)).mixture
    again = from_plain(to_plain(mixture, "abcd"))
    np.testing.assert_array_equal(again.family.covariances, mixture.family.covariances)
    np.testing.assert_array_equal(again.family.means, mixture.family.means)
    assert again.family.model == mixture.family.model


def test_noise_that_would_vanish_stays_at_the_floor() -> None:
    values = analysed_rows(np.random.default_rng(4), 200, 5, 1)
    values[:, 0] = values[:, 1] + values[:, 2]
    answer = fitted(values, 1, "factor:3")
    assert answer.mixture.family.covariances[..., -1].min() > 0.0


def test_the_loadings_are_written_in_one_way() -> None:
    """Factors uncorrelated given the noise, the strongest first, positive on the whole: whatever the rotation was."""
    layout = Factor(2).layout
    rng = np.random.default_rng(5)
    loadings, noise = rng.normal(size=(1, 6, 2)), rng.uniform(0.5, 2.0, (1, 6, 1))
    turn, _ = np.linalg.qr(rng.normal(size=(2, 2)))
    a = layout.canonical(np.concatenate([loadings, noise], axis=-1))
    b = layout.canonical(np.concatenate([loadings @ turn, noise], axis=-1))
    np.testing.assert_allclose(a, b, atol=1e-12)
    np.testing.assert_allclose(layout.dense(a), loadings @ np.swapaxes(loadings, 1, 2) + noise * np.eye(6), atol=1e-12)


@pytest.mark.parametrize(
    "name", ["factor:", "factor:0", "factor:-1", "factor:1.5", "factor:x", "factor:٣", "factors:2"]
)
def test_a_name_that_means_no_number_of_factors_is_unknown(name: str) -> None:
    assert parsed(name) is None
    with pytest.raises(KeyError):
        covariance_named(name)
