"""The same climb as scikit-learn's from the same start, for the four models both know, and k-means."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.mixture import GaussianMixture
from threadpoolctl import threadpool_limits

from emcli.core.families import Elliptical
from emcli.core.families.elliptical.covariances import COVARIANCES
from emcli.core.fit.fitting import FitOptions, Fitted, fit_mixture
from emcli.core.model.mixture import Mixture
from emcli.core.model.segments import one
from emcli.core.passes.evaluation import evaluate
from emcli.data.rows import FloatArray

from .known import data

SHARED = ["full", "tied", "diag", "spherical"]
PROBLEMS = [("iris", 3), ("faithful", 2), ("diabetes", 3)]
WEIGHTS = {2: [0.3, 0.7], 3: [0.5, 0.2, 0.3]}


def start_for(covariance: str, values: FloatArray, k: int) -> Mixture:
    """Uneven weights, rows as means, and the pooled covariance in the shape of the model."""
    model = COVARIANCES[covariance]
    means = values[np.linspace(3, len(values) - 3, k).astype(int)]
    scatter = np.repeat(model.layout.from_dense(np.cov(values.T, bias=True))[None], k, axis=0)
    return Mixture(np.array(WEIGHTS[k]), Elliptical(means, model.estimate(scatter, np.ones(k), one(k)), model))


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Threads of the linear algebra fight with those of the other tests, over matrices of 3 x 3."""
    with threadpool_limits(1):
        yield


def peer(
    covariance: str, values: FloatArray, start: Mixture, iterations: int, tolerance: float = 0.0
) -> GaussianMixture:
    matrices = COVARIANCES[covariance].layout.dense(start.family.covariances)
    precisions = np.linalg.inv(matrices)
    shapes = {
        "full": precisions,
        "tied": precisions[0],
        "diag": np.diagonal(precisions, axis1=1, axis2=2),
        "spherical": precisions[:, 0, 0],
    }
    return GaussianMixture(
        start.n_components,
        covariance_type=covariance,
        tol=tolerance,
        reg_covar=0.0,
        max_iter=iterations,
        weights_init=start.weights,
        means_init=start.family.means,
        precisions_init=shapes[covariance],
    ).fit(values)


def ours(covariance: str, values: FloatArray, start: Mixture, iterations: int) -> Fitted:
    """Plain EM; the mixture returned is the one scored by the last pass, so n M steps take n + 1 passes."""
    options = FitOptions(
        start.n_components,
        covariance,
        init=start,
        accelerate="none",
        tolerance=1e-300,
        max_iterations=iterations + 1,
    )
    return fit_mixture(values, np.ones(len(values)), options)


def matrices_of(machine: GaussianMixture, covariance: str, d: int) -> FloatArray:
    stored = machine.covariances_
    return {
        "full": lambda: stored,
        "tied": lambda: np.repeat(stored[None], machine.n_components, axis=0),
        "diag": lambda: stored[:, :, None] * np.eye(d),
        "spherical": lambda: stored[:, None, None] * np.eye(d),
    }[covariance]()


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("iterations", [1, 2, 5, 20, 150])
@pytest.mark.parametrize("covariance", SHARED)
@pytest.mark.parametrize(("name", "k"), PROBLEMS)
def test_plain_em_takes_the_same_way(name: str, k: int, covariance: str, iterations: int) -> None:
    values = data(name)
    start = start_for(covariance, values, k)
    machine = peer(covariance, values, start, iterations)
    fitted = ours(covariance, values, start, iterations)
    assert fitted.log_likelihood == pytest.approx(machine.score(values) * len(values), rel=1e-9)
    order = np.argsort(-machine.weights_, kind="stable")
    spread = values.std(axis=0)
    found = fitted.mixture.family
    np.testing.assert_allclose(fitted.mixture.weights, machine.weights_[order], atol=1e-6)
    np.testing.assert_allclose(found.means / spread, machine.means_[order] / spread, atol=1e-6)
    theirs = matrices_of(machine, covariance, values.shape[1])[order] / np.outer(spread, spread)
    np.testing.assert_allclose(
        found.model.layout.dense(found.covariances) / np.outer(spread, spread), theirs, atol=1e-6
    )
    np.testing.assert_allclose(
        evaluate(fitted.mixture, values).responsibilities, machine.predict_proba(values)[:, order], atol=1e-5
    )


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("covariance", SHARED)
@pytest.mark.parametrize(("name", "k"), PROBLEMS)
def test_the_accelerated_climb_ends_no_lower(name: str, k: int, covariance: str) -> None:
    values = data(name)
    start = start_for(covariance, values, k)
    machine = peer(covariance, values, start, 2000, tolerance=1e-10)
    fitted = fit_mixture(values, np.ones(len(values)), FitOptions(k, covariance, init=start, tolerance=1e-9))
    assert fitted.converged
    assert fitted.log_likelihood >= machine.score(values) * len(values) - 1e-6


@pytest.mark.parametrize("weighted", [False, True], ids=["rows", "weighted rows"])
@pytest.mark.parametrize("seed", range(5))
def test_hard_em_with_the_identity_model_is_lloyds_algorithm(seed: int, weighted: bool) -> None:
    rng = np.random.default_rng(seed)
    values = np.vstack([rng.normal(centre, 1.0, size=(60, 3)) for centre in rng.normal(scale=2.0, size=(4, 3))])
    case_weights = rng.integers(1, 4, size=len(values)).astype(float) if weighted else np.ones(len(values))
    centres = values[rng.choice(len(values), 4, replace=False)]
    machine = KMeans(4, init=centres, n_init=1, algorithm="lloyd", tol=0.0, max_iter=500)
    machine.fit(values, sample_weight=case_weights)
    start = Mixture(np.full(4, 0.25), Elliptical(centres, np.ones((4, 3)), COVARIANCES["identity"]))
    fitted = fit_mixture(values, case_weights, FitOptions(4, "identity", hard=True, init=start))
    order = np.lexsort(machine.cluster_centers_.T[::-1])
    assert fitted.converged
    np.testing.assert_allclose(fitted.mixture.family.means, machine.cluster_centers_[order], rtol=1e-12)
    np.testing.assert_array_equal(evaluate(fitted.mixture, values).labels, np.argsort(order)[machine.labels_])
    n, d = case_weights.sum(), values.shape[1]
    constant = -n * (np.log(4.0) + 0.5 * d * np.log(2.0 * np.pi))
    assert fitted.objective == pytest.approx(constant - 0.5 * machine.inertia_, rel=1e-12)
