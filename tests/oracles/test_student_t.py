"""Mixtures of t distributions against scipy.stats, a generic optimiser, and the normal distribution they tend to."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import optimize, special, stats

from emcli.core.complete.imputation import Imputer
from emcli.core.complete.sampling import draw
from emcli.core.families import Elliptical
from emcli.core.families.elliptical.covariances import COVARIANCES
from emcli.core.families.elliptical.student_t import StudentT
from emcli.core.fit.fitting import FitOptions, Fitted, fit_mixture
from emcli.core.model.mixture import Mixture
from emcli.core.passes.evaluation import evaluate
from emcli.core.statistics import gamma
from emcli.core.statistics.agreement import adjusted_rand_index
from emcli.data.rows import FloatArray

FULL = COVARIANCES["full"]
MEANS = np.array([[0.0, 0.0, 0.0], [6.0, 3.0, -4.0]])
SCALES = np.array(
    [[[2.0, 0.8, 0.3], [0.8, 1.0, 0.2], [0.3, 0.2, 0.5]], [[1.0, -0.3, 0.0], [-0.3, 2.0, 0.4], [0, 0.4, 1]]]
)
FREEDOM = np.array([3.0, 8.0])
TRUTH = Mixture(np.array([0.6, 0.4]), Elliptical(MEANS, SCALES, FULL, tail=StudentT(FREEDOM)))


def with_gaps(values: FloatArray, share: float) -> FloatArray:
    """The rows with cells missing at random, at least one of each row left."""
    rng = np.random.default_rng(4)
    missing = rng.random(values.shape) < share
    missing[np.arange(len(values)), rng.integers(values.shape[1], size=len(values))] = False
    return np.where(missing, np.nan, values)


def log_density(row: FloatArray, weights: FloatArray, means: FloatArray, scales: FloatArray, nu: FloatArray) -> float:
    """By scipy: the marginal of a t distribution has the same degrees of freedom."""
    seen = np.flatnonzero(~np.isnan(row))
    parts = [
        stats.multivariate_t.logpdf(row[seen], mean[seen], scale[np.ix_(seen, seen)], df=freedom)
        for mean, scale, freedom in zip(means, scales, nu, strict=True)
    ]
    return float(special.logsumexp(np.array(parts) + np.log(weights)))


def test_log_densities_are_those_of_scipy() -> None:
    values = with_gaps(draw(TRUTH, 60, np.random.default_rng(0), {})[0], 0.3)
    expected = [log_density(row, TRUTH.weights, MEANS, SCALES, FREEDOM) for row in values]
    np.testing.assert_allclose(evaluate(TRUTH, values).log_density, expected, rtol=1e-11)


@pytest.mark.parametrize("share", [0.0, 0.3], ids=["complete", "gaps"])
def test_a_generic_optimiser_gains_nothing_from_our_optimum(share: float) -> None:
    values = with_gaps(draw(TRUTH, 150, np.random.default_rng(1), {1: 0.5})[0][:, [0, 2]], share)
    fitted = fit_mixture(values, np.ones(len(values)), FitOptions(1, family="t", tolerance=1e-9))
    family = fitted.mixture.family
    lower = np.linalg.cholesky(family.covariances[0])

    def loss(theta: FloatArray) -> float:
        root = np.array([[np.exp(theta[2]), 0.0], [theta[3], np.exp(theta[4])]])
        nu = np.exp(theta[5:])
        mixture = Mixture(np.ones(1), Elliptical(theta[None, :2], (root @ root.T)[None], FULL, tail=StudentT(nu)))
        return -float(evaluate(mixture, values).log_density.sum())

    start = np.array([*family.means[0], np.log(lower[0, 0]), lower[1, 0], np.log(lower[1, 1])])
    start = np.append(start, np.log(family.tail.degrees_of_freedom))
    assert loss(start) == pytest.approx(-fitted.log_likelihood, abs=1e-8)
    found = optimize.minimize(loss, start, method="BFGS", options={"maxiter": 30})
    assert -found.fun < fitted.log_likelihood + 1e-5


def test_with_many_degrees_of_freedom_it_is_the_normal_distribution() -> None:
    values = with_gaps(draw(TRUTH, 50, np.random.default_rng(2), {})[0], 0.2)
    normal = Mixture(TRUTH.weights, Elliptical(MEANS, SCALES, FULL))
    nearly = Mixture(TRUTH.weights, Elliptical(MEANS, SCALES, FULL, tail=StudentT(np.full(2, 1e9))))
    near = np.abs(evaluate(normal, values).log_density) < 30.0
    a, b = (evaluate(m, values[near]) for m in (normal, nearly))
    np.testing.assert_allclose(a.log_density, b.log_density, atol=1e-5)
    np.testing.assert_allclose(a.responsibilities, b.responsibilities, atol=1e-5)


@pytest.mark.parametrize("share", [0.0, 0.2], ids=["complete", "gaps"])
def test_a_simulated_mixture_is_recovered(share: float) -> None:
    values, labels = draw(TRUTH, 1500, np.random.default_rng(3), {})
    holed = with_gaps(values, share)

    def fitted(family: str) -> Fitted:
        return fit_mixture(holed, np.ones(len(values)), FitOptions(2, family=family, n_starts=2))

    t, normal = fitted("t"), fitted("gaussian")
    mixture = t.mixture
    np.testing.assert_allclose(mixture.weights, TRUTH.weights, atol=0.05)
    np.testing.assert_allclose(mixture.family.means, MEANS, atol=0.25)
    np.testing.assert_allclose(mixture.family.covariances, SCALES, atol=0.35)
    assert 2.4 < mixture.family.tail.degrees_of_freedom[0] < 3.8
    assert 5.5 < mixture.family.tail.degrees_of_freedom[1] < 14.0
    assert t.n_parameters == normal.n_parameters + 2
    assert t.criteria.bic < normal.criteria.bic - 50.0
    assert adjusted_rand_index(evaluate(mixture, holed).labels, labels) > 0.9


def test_draws_given_a_column_and_completed_cells_follow_the_conditional_t() -> None:
    """x_m | x_o is t with nu + o degrees of freedom and the scale residual (nu + q) / (nu + o)."""
    one = Mixture(np.ones(1), Elliptical(MEANS[:1, :2], SCALES[:1, :2, :2], FULL, tail=StudentT(FREEDOM[:1])))
    given = 4.0
    mean, residual = 0.4 * given, 1.0 - 0.8**2 / 2.0
    nu, q = 3.0, given**2 / 2.0
    conditional = stats.t(nu + 1.0, loc=mean, scale=np.sqrt(residual * (nu + q) / (nu + 1.0)))
    drawn = draw(one, 4000, np.random.default_rng(5), {0: given})[0][:, 1]
    assert stats.kstest(drawn, conditional.cdf).pvalue > 0.01
    rows = np.tile([given, np.nan], (4000, 1))
    completed, errors = Imputer(one).expected(rows[:1])
    assert completed[0, 1] == pytest.approx(mean)
    assert errors[0, 1] == pytest.approx(conditional.std())
    cells = Imputer(one).drawn(rows, np.random.default_rng(6).random((4000, 4)))[:, 1]
    assert stats.kstest(cells, conditional.cdf).pvalue > 0.01


def test_a_standard_error_that_does_not_exist_is_infinite() -> None:
    cauchy = Mixture(np.ones(1), Elliptical(np.zeros((1, 2)), np.eye(2)[None], FULL, tail=StudentT(np.ones(1))))
    completed, errors = Imputer(cauchy).expected(np.array([[1.0, np.nan]]))
    assert completed[0, 1] == 0.0 and errors[0, 1] == np.inf


def test_the_reach_of_a_component_is_the_quantile_of_its_squared_distance() -> None:
    expected = [3.0 * stats.f.isf(0.001, 3, nu) for nu in FREEDOM]
    np.testing.assert_allclose(StudentT(FREEDOM).reach(0.001, 3), expected, rtol=1e-9)


def test_the_gamma_functions_are_those_of_scipy() -> None:
    x = np.array([0.5, 0.7, 1.0, 3.3, 20.0, 500.0])
    np.testing.assert_allclose(gamma.log_gamma(x), special.gammaln(x), rtol=1e-13, atol=1e-15)
    np.testing.assert_allclose(gamma.digamma(x), special.digamma(x), rtol=1e-13, atol=1e-15)
    np.testing.assert_allclose(gamma.trigamma(x), special.polygamma(1, x), rtol=1e-13)
    shares = np.array([1e-12, 1e-3, 0.3, 0.5, 0.9, 0.9999])
    for shape in x.tolist():
        np.testing.assert_allclose(gamma.gamma_quantile(shape, shares), special.gammaincinv(shape, shares), rtol=1e-8)
