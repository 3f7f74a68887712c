"""Floors, and signs of spurious optima."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import logsumexp
from scipy.stats import multivariate_normal

from emcli.core.families import Elliptical
from emcli.core.families.elliptical.covariances import COVARIANCES
from emcli.core.fit.fitting import FitOptions, fit_mixture
from emcli.core.fit.posterior import posterior
from emcli.core.judge.degeneracy import RELATIVE_FLOOR, Counted, LeftOut, Soundness, examine, floor_for, grain
from emcli.core.model.mixture import Mixture
from emcli.core.model.segments import one
from emcli.core.passes.case_weights import EVERYTHING
from emcli.core.passes.evaluation import evaluate
from emcli.data.rows import FloatArray

from ..grounds import clusters, context, mixture, problem, working


def test_the_grain_is_the_variance_that_rounding_hides() -> None:
    rounded = np.round(np.random.default_rng(0).normal(size=(200, 1)), 1)
    np.testing.assert_allclose(grain(rounded), [0.1**2 / 12.0], rtol=1e-9)


def test_a_column_of_few_values_has_no_grain() -> None:
    assert grain(np.arange(90.0)[:, None] % 9.0).tolist() == [0.0]
    assert grain(np.arange(90.0)[:, None] % 10.0)[0] == pytest.approx(1.0 / 12.0)


def test_holes_have_no_grain() -> None:
    values = np.arange(40.0)[:, None] / 2.0
    values[::3] = np.nan
    np.testing.assert_allclose(grain(values), [0.25 / 12.0])


def test_the_floor_is_a_share_of_the_pooled_covariance_and_the_grain() -> None:
    here = problem(clusters(80, 2))
    pooled = here.pooled("full")
    expected = RELATIVE_FLOOR * pooled.covariances[0] + np.diag(grain(working(here)))
    np.testing.assert_allclose(floor_for(pooled, working(here)), expected)


def without(values: FloatArray, i: int, given: FloatArray, found: Mixture) -> float:
    """Log density of row i under the M step from all other rows, their responsibilities (n, k) as they are."""
    others = np.delete(np.arange(len(values)), i)
    r = given[others]
    counts = r.sum(axis=0)
    means = (r.T @ values[others]) / counts[:, None]
    name, old = found.family.model.name, found.family
    scatters = np.array([(w * (values[others] - m).T) @ (values[others] - m) for w, m in zip(r.T, means, strict=True)])
    scatter = old.model.layout.from_dense(scatters)
    matrices = old.model.layout.dense(COVARIANCES[name].estimate(scatter, counts, one(len(counts))))
    parts = [
        np.log(c / counts.sum()) + multivariate_normal(m, s).logpdf(values[i])
        for c, m, s in zip(counts, means, matrices, strict=True)
    ]
    return float(logsumexp(parts))


@pytest.mark.parametrize("covariance", ["full", "tied", "diag", "identity"])
@pytest.mark.parametrize("k", [1, 2])
def test_leaving_a_row_out_is_the_m_step_without_the_row(k: int, covariance: str) -> None:
    """The mixture must be the M step of the responsibilities that the formula takes from it: an optimum of EM.

    For a shared covariance the formula neglects the row's part in other components: there the clusters lie apart.
    """
    here = problem(clusters(50, 2, apart=12.0 if covariance == "tied" else 3.0), k)
    ground = context(here, covariance)
    options = FitOptions(k, covariance, init=np.arange(50) % k, tolerance=1e-13, max_iterations=5000, accelerate="none")
    optimum = fit_mixture(working(here), np.ones(50), options).mixture
    family = Elliptical(optimum.family.means, optimum.family.covariances, COVARIANCES[covariance])
    optimum = Mixture(optimum.weights, family)
    given = posterior(ground.model, ground.model.pack(optimum), ground.sample)[0].T
    expected = sum(without(working(here), i, given, optimum) for i in range(50))
    left_out = LeftOut(optimum, 50 * optimum.weights, Counted(None, EVERYTHING))
    assert here.engine.reduce(left_out) == pytest.approx(expected, abs=1e-3)


def test_a_row_of_its_own_component_is_not_predicted_by_the_others() -> None:
    values = np.vstack([clusters(60, 2, apart=0.0), [[50.0, 50.0]]])
    here = problem(values)
    labels = np.append(np.zeros(60, dtype=int), 1)
    found = fit_mixture(working(here), np.ones(61), FitOptions(2, init=labels))
    assert found.log_likelihood - found.soundness.leave_one_out > 20.0
    assert found.soundness.fragile
    assert found.soundness.few_rows


def test_a_clean_optimum_is_not_suspicious() -> None:
    values = clusters(200, 2, apart=3.0)
    assert not fit_mixture(values, np.ones(200), FitOptions(2)).soundness.suspicious


def test_each_sign_is_seen() -> None:
    values = clusters(100, 2, apart=3.0)
    ground, eye = context(problem(values)), np.eye(2)

    def soundness(weights: list[float], sizes: tuple[float, float]) -> Soundness:
        return examine(ground, mixture(weights, [[-1, 0], [1, 0]], [sizes[0] * eye, sizes[1] * eye]), 0.0)

    assert soundness([0.5, 0.5], (1.0, 1e-5)).tiny_eigenvalue
    assert soundness([0.5, 0.5], (1.0, 1e-7)).at_floor
    assert soundness([0.95, 0.05], (1.0, 1.0)).few_rows
    clean = soundness([0.5, 0.5], (1.0, 1.0))
    assert not (clean.tiny_eigenvalue or clean.at_floor or clean.few_rows)
    assert clean.smallest_count == pytest.approx(50.0)


def test_rounded_data_do_not_win_by_a_spike_on_equal_values() -> None:
    """A component on values that rounding made equal has unbounded likelihood; the answer must not be that one."""
    rng = np.random.default_rng(2)
    values = np.round(np.concatenate([rng.normal(0.0, 1.0, 100), rng.normal(6.0, 1.0, 100)]), 1)[:, None]
    values[:15] = 0.2
    found = fit_mixture(values, np.ones(200), FitOptions(2))
    assert np.sqrt(found.mixture.family.covariances.min()) > 0.5
    np.testing.assert_allclose(np.sort(found.mixture.family.means[:, 0]), [0.0, 6.0], atol=0.5)


def test_two_rows_cannot_carry_a_component_to_infinity() -> None:
    values = clusters(40, 2, apart=0.0)
    values[1] = values[0] + 1e-9
    spike = mixture([0.05, 0.95], [values[0], values.mean(axis=0)], [1e-20 * np.eye(2), np.eye(2)])
    found = fit_mixture(values, np.ones(40), FitOptions(2, init=spike))
    assert np.isfinite(found.log_likelihood)
    assert found.soundness.suspicious
    assert evaluate(found.mixture, values).log_density.sum() == pytest.approx(found.log_likelihood, abs=1e-6)
