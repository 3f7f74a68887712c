"""Criteria, weights and the other promises of a fit as a whole."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from emcli.core.fit.fitting import FitOptions, fit_mixture
from emcli.core.fit.options import Progress
from emcli.core.passes.evaluation import evaluate

from ..grounds import clusters

REFERENCE = Path(__file__).parents[3] / "oracles" / "reference"
LETTERS = {"full": "VVV", "tied": "EEE", "diag": "VVI", "spherical": "VII"}


def mclust(data: str, model: str, k: int) -> dict[str, str]:
    with (REFERENCE / "mclust_models.csv").open(encoding="utf-8") as lines:
        rows = (row for row in csv.DictReader(lines) if row["log_likelihood_tight"])
        return next(row for row in rows if (row["data"], row["model"], row["k"]) == (data, model, str(k)))


@pytest.mark.parametrize("covariance", LETTERS)
def test_bic_is_mclusts(covariance: str) -> None:
    values = np.loadtxt(REFERENCE / "data" / "faithful.csv", delimiter=",", skiprows=1)
    answer = mclust("faithful", LETTERS[covariance], 2)
    found = fit_mixture(values, np.ones(len(values)), FitOptions(2, covariance))
    assert found.log_likelihood == pytest.approx(float(answer["log_likelihood_tight"]), abs=1e-3)
    assert found.n_parameters == int(answer["n_parameters"])
    assert found.criteria.bic == pytest.approx(float(answer["bic"]), abs=0.1)
    tight = -2.0 * float(answer["log_likelihood_tight"]) + found.n_parameters * np.log(272)
    assert found.criteria.bic == pytest.approx(tight, abs=2e-3)


@pytest.mark.parametrize("weighted", [False, True])
def test_criteria_are_their_formulas(weighted: bool) -> None:
    values = clusters(120, 2, apart=1.5)
    weights = 1.0 + np.arange(120) % 3 if weighted else np.ones(120)
    found = fit_mixture(values, weights, FitOptions(2))
    evaluation = evaluate(found.mixture, values)
    likelihood = float(weights @ evaluation.log_density)
    assert found.log_likelihood == pytest.approx(likelihood, abs=1e-8)
    p, n = 11, weights.sum()
    bic = -2.0 * likelihood + p * np.log(n)
    certainty = float(weights @ np.log(evaluation.responsibilities.max(axis=1)))
    assert found.criteria.bic == pytest.approx(bic, abs=1e-7)
    assert found.criteria.aic == pytest.approx(-2.0 * likelihood + 2.0 * p, abs=1e-7)
    assert found.criteria.icl == pytest.approx(bic - 2.0 * certainty, abs=1e-7)
    assert found.criteria.icl > found.criteria.bic


@pytest.mark.parametrize("covariance", [*LETTERS, "identity"])
def test_weights_are_rows_that_come_again(covariance: str) -> None:
    values = clusters(60, 2, apart=3.0)
    values[::5, 1] = np.nan
    times = 1 + np.arange(60) % 3
    labels = (np.arange(60) % 2).astype(np.intp)
    here = fit_mixture(values, times.astype(float), FitOptions(2, covariance, init=labels, tolerance=1e-10))
    again = fit_mixture(
        np.repeat(values, times, axis=0),
        np.ones(times.sum()),
        FitOptions(2, covariance, init=np.repeat(labels, times), tolerance=1e-10),
    )
    assert here.log_likelihood == pytest.approx(again.log_likelihood, abs=1e-6)
    assert here.criteria.bic == pytest.approx(again.criteria.bic, abs=1e-5)
    np.testing.assert_allclose(here.mixture.family.means, again.mixture.family.means, atol=1e-4)


def test_the_history_ends_at_the_log_likelihood_and_has_a_value_for_every_iteration() -> None:
    values = clusters(120, 2, apart=1.5)
    found = fit_mixture(values, np.ones(120), FitOptions(2, init=np.arange(120) % 2, accelerate="none"))
    assert len(found.history) == found.iterations
    assert found.history[-1] == pytest.approx(found.log_likelihood, abs=1e-9)
    assert (np.diff(found.history) >= -1e-9).all()


def test_a_watcher_is_told_of_every_phase_in_data_units() -> None:
    values = 1e3 * clusters(120, 2, apart=3.0)
    seen: list[Progress] = []
    found = fit_mixture(values, np.ones(120), FitOptions(2, n_starts=2), watch=seen.append)
    assert {progress.phase for progress in seen} == {"screen", "polish"}
    best = max(progress.log_likelihood for progress in seen)
    assert best >= found.log_likelihood - 1e-6
    assert best == pytest.approx(found.log_likelihood, abs=1e-3)


def test_alternatives_are_other_optima() -> None:
    values = np.loadtxt(REFERENCE / "data" / "iris_petal.csv", delimiter=",", skiprows=1)
    found = fit_mixture(values, np.ones(150), FitOptions(3))
    assert found.alternatives
    assert all(abs(other.log_likelihood - found.log_likelihood) > 0.01 for other in found.alternatives)


@pytest.mark.parametrize("covariance", [*LETTERS, "identity"])
def test_a_hard_fit_reports_both_its_objective_and_the_log_likelihood(covariance: str) -> None:
    values = clusters(120, 2, apart=2.0)
    found = fit_mixture(values, np.ones(120), FitOptions(2, covariance, hard=True))
    evaluation = evaluate(found.mixture, values)
    assert found.log_likelihood == pytest.approx(evaluation.log_density.sum(), abs=1e-8)
    of_its_component = evaluation.log_density + np.log(evaluation.responsibilities.max(axis=1))
    assert found.objective == pytest.approx(of_its_component.sum(), abs=1e-6)
    assert found.objective < found.log_likelihood


def test_standardised_columns_make_round_models_free_of_units() -> None:
    values = clusters(120, 2, apart=4.0)
    factors = np.array([1e-6, 1e6])
    for covariance in ("spherical", "identity"):
        options = FitOptions(2, covariance, scale="std")
        here, there = (fit_mixture(table, np.ones(120), options) for table in (values, values * factors))
        np.testing.assert_array_equal(
            evaluate(there.mixture, values * factors).labels, evaluate(here.mixture, values).labels
        )


def test_many_rows_are_searched_on_a_sample_and_fitted_on_all() -> None:
    values = clusters(20_000, 2, apart=8.0, seed=3)
    found = fit_mixture(values, np.ones(20_000), FitOptions(2, n_starts=2))
    groups = [values[k::2].mean(axis=0) for k in (0, 1)]
    order = np.lexsort(np.array(groups).T[::-1])
    means = found.mixture.family.means
    np.testing.assert_allclose(means[np.lexsort(means.T[::-1])], np.array(groups)[order], atol=0.1)
    assert found.log_likelihood == pytest.approx(evaluate(found.mixture, values).log_density.sum(), rel=1e-10)
