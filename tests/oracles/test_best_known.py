"""The defaults reach the best sound optimum that anyone found, on real data."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from emcli.core.describe.criteria import Criteria
from emcli.core.fit.fitting import FitOptions, Fitted, fit_mixture
from emcli.core.passes.evaluation import evaluate

from .known import REFERENCE, best_known, data, known

CLOSE = 0.01  # nats
# Small, and each with a trap: many optima, overlap, three points of their own, a start that misleads.
SOME = [
    ("faithful", "full", 2),
    ("faithful", "full", 3),
    ("galaxies", "diag", 2),
    ("acidity", "full", 3),
    ("diabetes", "full", 3),
    ("diabetes", "tied", 3),
    ("geyser", "full", 3),
    ("iris", "full", 2),
    ("iris", "full", 3),
    ("iris", "diag", 3),
    ("iris", "spherical", 3),
    ("ruspini", "tied", 3),
    ("ex4_1", "full", 3),
]


def fitted(row: dict[str, str]) -> Fitted:
    values = data(row["data"])
    return fit_mixture(values, np.ones(len(values)), FitOptions(int(row["k"]), row["covariance"]))


def key(row: dict[str, str]) -> tuple[str, str, int]:
    return row["data"], row["covariance"], int(row["k"])


def name(row: dict[str, str]) -> str:
    return "-".join(map(str, key(row)))


@pytest.mark.parametrize("row", [row for row in best_known() if row["k"] == "1"], ids=name)
def test_one_component_has_the_likelihood_and_criteria_of_the_peers(row: dict[str, str]) -> None:
    result = fitted(row)
    assert result.log_likelihood == pytest.approx(float(row["best_log_likelihood"]), rel=1e-9)
    assert result.n_parameters == int(row["n_parameters"])
    assert result.criteria.bic == pytest.approx(float(row["bic"]), rel=1e-9)
    assert result.criteria.aic == pytest.approx(float(row["aic"]), rel=1e-9)
    assert result.criteria == Criteria(result.criteria.bic, result.criteria.aic, result.criteria.bic)


@pytest.mark.parametrize("row", [row for row in best_known() if key(row) in SOME], ids=name)
def test_the_defaults_reach_the_best_known_optimum(row: dict[str, str]) -> None:
    result = fitted(row)
    assert result.log_likelihood == pytest.approx(float(row["best_log_likelihood"]), abs=CLOSE)
    assert result.converged
    assert result.criteria.bic == pytest.approx(float(row["bic"]), abs=2 * CLOSE)


@pytest.mark.slow
def test_the_defaults_reach_nearly_every_best_known_optimum_of_two_and_three_components() -> None:
    rows = [row for row in best_known() if row["k"] in ("2", "3")]
    reached = {name(row): abs(fitted(row).log_likelihood - float(row["best_log_likelihood"])) < CLOSE for row in rows}
    assert len(rows) > 80
    assert np.mean(list(reached.values())) >= 0.95, [name for name, there in reached.items() if not there]


SPECIES = np.unique(
    np.loadtxt(REFERENCE / "data" / "iris.csv", dtype=str, delimiter=",", skiprows=1, usecols=4), return_inverse=True
)[1]
# The optimum that agrees with the species, among the alternatives to the best one.
WALKS = {"iris_petal_width": 0, "iris_petal": 1}


@pytest.mark.parametrize("which", WALKS)
def test_the_defaults_find_the_best_optimum_of_the_petals(which: str) -> None:
    values, best = data(which), known("iris_k3")[f"{which}_k3_full"]
    result = fit_mixture(values, np.ones(len(values)), FitOptions(3))
    assert result.log_likelihood == pytest.approx(best["loglik"], abs=1e-4)
    labels = evaluate(result.mixture, values).labels
    assert adjusted_rand_score(SPECIES, labels) == pytest.approx(best["ari_species"], abs=1e-9)
    assert sorted(np.bincount(labels)) == sorted(best["hard_counts"])


@pytest.mark.parametrize("which", WALKS)
def test_from_the_species_the_climb_ends_at_an_optimum_that_is_like_them(which: str) -> None:
    values = data(which)
    other = known("iris_k3")[f"{which}_k3_full"]["alternatives"][WALKS[which]]
    options = FitOptions(3, init=SPECIES, tolerance=1e-10, max_iterations=5000)
    result = fit_mixture(values, np.ones(len(values)), options)
    assert result.log_likelihood == pytest.approx(other["loglik"], abs=1e-6)
    labels = evaluate(result.mixture, values).labels
    assert adjusted_rand_score(SPECIES, labels) == pytest.approx(other["ari_species"], abs=1e-9)
    order = np.argsort(-np.array(other["weights"]))
    np.testing.assert_allclose(result.mixture.family.means, np.array(other["means"])[order], atol=1e-3)
    np.testing.assert_allclose(result.mixture.family.covariances, np.array(other["covariances"])[order], atol=1e-3)
