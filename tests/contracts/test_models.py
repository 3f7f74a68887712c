"""What every covariance model must be: the right size, its own closed form, a distribution that can be found again."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from emcli.core.complete.sampling import draw
from emcli.core.families import Elliptical
from emcli.core.fit.fitting import FitOptions, fit_mixture
from emcli.core.model.mixture import Mixture
from emcli.core.passes.evaluation import evaluate
from emcli.core.rows.engine import Serial
from emcli.data.chunk import Patterns, cut
from emcli.data.rows import FloatArray

from ..single import e_step
from .cases import CASES, COMPLETE, Case, OneBlock, example, examples, quick, random_gaps, random_mixture
from .test_adding import assert_close

REFERENCE = Path(__file__).parents[1] / "oracles" / "reference" / "mclust_models.csv"
# mclust's letters: volume, shape, orientation; with one column the volume alone is left.
LETTERS = {"full": "VVV", "tied": "EEE", "diag": "VVI", "spherical": "VII"}
COLUMNS = {"acidity": 1, "faithful": 2, "diabetes": 3, "iris": 4}


@pytest.mark.parametrize("case", [p for p in COMPLETE if p.values[0].covariance != "identity"])
def test_the_number_of_parameters_is_that_of_mclusts_table(case: Case) -> None:
    with REFERENCE.open(encoding="utf-8") as lines:
        table = {(row["data"], row["model"], int(row["k"])): row["n_parameters"] for row in csv.DictReader(lines)}
    for data, d in COLUMNS.items():
        for k in (1, 2, 5, 9):
            letters = LETTERS.get(case.covariance, case.covariance)
            letters = letters if d > 1 else letters[0]
            mixture = random_mixture(case, np.random.default_rng(0), k, d)
            added = mixture.family.tail.n_parameters + 2 * case.noise
            assert mixture.n_parameters == int(table[data, letters, k]) + added, (data, k)


def test_identity_has_no_covariance_parameters() -> None:
    mixture = random_mixture(Case("gaussian", "identity", False), np.random.default_rng(0), 3, 4)
    assert mixture.n_parameters == 2 + 3 * 4
    assert Mixture(mixture.weights, mixture.family, equal_weights=True).n_parameters == 3 * 4


def closed_form(values: FloatArray, case_weights: FloatArray, case: Case) -> tuple[FloatArray, FloatArray]:
    """Maximum-likelihood mean (1, d) and covariance of one component: the letters say what is left of the matrix."""
    n = case_weights.sum()
    mean = case_weights @ values / n
    matrix = (case_weights[:, None] * (values - mean)).T @ (values - mean) / n
    letters = LETTERS.get(case.covariance, case.covariance)
    if letters == "identity":
        matrix = np.eye(len(mean))
    elif letters[1] == "I":
        matrix = np.eye(len(mean)) * np.trace(matrix) / len(mean)
    return mean[None], case.model.layout.from_dense(matrix)[None]


@pytest.mark.parametrize("case", [p for p in COMPLETE if p.values[0].family == "gaussian" and not p.values[0].noise])
@given(data=st.data())
@quick
def test_one_component_is_the_closed_form(case: Case, data: st.DataObject) -> None:
    given = data.draw(examples(case, max_components=1, min_rows=10))
    result = fit_mixture(given.values, given.case_weights, FitOptions(1, case.covariance, case.family, case.noise))
    mean, covariance = closed_form(given.values, given.case_weights, case)
    np.testing.assert_allclose(result.mixture.family.means, mean, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(result.mixture.family.covariances, covariance, rtol=1e-8, atol=1e-9)
    assert result.mixture.weights.tolist() == [1.0]
    exact = Mixture(np.ones(1), Elliptical(mean, covariance, case.model))
    likelihood = float(given.case_weights @ evaluate(exact, given.values).log_density)
    assert result.log_likelihood == pytest.approx(likelihood, rel=1e-10, abs=1e-8)
    assert result.converged


def part(mixture: Mixture, d: int) -> Mixture:
    """The distribution of the first d columns."""
    family = mixture.family
    covariances = family.covariances[:, :d]
    if covariances.ndim == 3:
        covariances = covariances[:, :, :d]
    noise = mixture.noise and replace(mixture.noise, lower=mixture.noise.lower[:d], upper=mixture.noise.upper[:d])
    return replace(mixture, family=replace(family, means=family.means[:, :d], covariances=covariances), noise=noise)


@pytest.mark.parametrize("case", CASES)
@given(data=st.data())
@quick
def test_a_column_that_nobody_observed_changes_nothing(case: Case, data: st.DataObject) -> None:
    given = data.draw(examples(case))
    d = given.values.shape[1] - 1
    assume(d > 0 and (~np.isnan(given.values[:, :d])).any(axis=1).all())
    unseen = given.values.copy()
    unseen[:, d] = np.nan
    chunks = cut(unseen, given.case_weights, 16)
    wide = Serial(OneBlock(chunks)).reduce(e_step(given.mixture)).of[0]
    chunks = cut(given.values[:, :d], given.case_weights, 16)
    narrow = Serial(OneBlock(chunks)).reduce(e_step(part(given.mixture, d))).of[0]
    assert wide.log_likelihood == pytest.approx(narrow.log_likelihood, rel=1e-10, abs=1e-8)
    np.testing.assert_allclose(wide.counts, narrow.counts, rtol=1e-9, atol=1e-8)
    np.testing.assert_allclose(wide.sums[:, :d], narrow.sums, rtol=1e-8, atol=1e-7)
    observed = wide.scatter[:, :d] if wide.scatter.ndim == 2 else wide.scatter[:, :d, :d]
    np.testing.assert_allclose(observed, narrow.scatter, rtol=1e-8, atol=1e-7)


@pytest.mark.usefixtures("form")
@pytest.mark.parametrize("case", COMPLETE)
@given(data=st.data())
@quick
def test_the_path_for_gaps_without_gaps_is_the_path_of_complete_rows(case: Case, data: st.DataObject) -> None:
    given = data.draw(examples(case))
    usual = Serial(OneBlock(given.chunks())).reduce(e_step(given.mixture)).of[0]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Patterns, "complete", property(lambda self: False))
        general = Serial(OneBlock(given.chunks())).reduce(e_step(given.mixture)).of[0]
    assert_close(general, usual)


@pytest.mark.parametrize("case", COMPLETE)
def test_rows_with_gaps_leave_the_judgement_of_complete_rows_alone(case: Case) -> None:
    """Rows of weight 0 cut the table into other patterns; the climb must not notice."""
    given = example(case, 6, np.ones((50, 3), dtype=bool), 2).with_floor()
    holes = np.where(np.eye(3, dtype=bool), np.nan, 1.0)
    beside = replace(
        given,
        values=np.vstack([holes, given.values, holes]),
        case_weights=np.concatenate([np.zeros(3), given.case_weights, np.zeros(3)]),
    )
    alone, together = given.answer(), beside.answer()
    after, beside_it = given.model.unpack(alone.successor).family, given.model.unpack(together.successor).family
    assert together.log_likelihood == pytest.approx(alone.log_likelihood, rel=1e-13)
    np.testing.assert_allclose(beside_it.means, after.means, rtol=1e-10)
    np.testing.assert_allclose(beside_it.covariances, after.covariances, rtol=1e-10)


@pytest.mark.parametrize("case", CASES)
def test_a_mixture_is_found_again_from_its_draws(case: Case) -> None:
    """Parameters within five standard errors; a cell in five is missing where there are gaps."""
    n, rng = 4000, np.random.default_rng(12)
    truth = random_mixture(case, rng, 3, 2, spread=1.0)
    means = np.array([[0.0, 0.0], [12.0, 0.0], [0.0, 12.0]])
    truth = Mixture(np.array([0.5, 0.3, 0.2]), replace(truth.family, means=means))
    values, labels = draw(truth, n, rng, {})
    values[~random_gaps(case, rng, values.shape, share=0.2)] = np.nan
    found = fit_mixture(
        values, np.ones(n), FitOptions(3, case.covariance, case.family, case.noise, init=labels)
    ).mixture
    shares = truth.weights
    np.testing.assert_allclose(found.weights, shares, atol=5 * 0.5 / np.sqrt(n))
    variances = case.model.layout.diagonal(truth.family.covariances)
    effective = n * shares[:, None] * (0.7 if case.gaps else 1.0)
    assert (np.abs(found.family.means - truth.family.means) < 5 * np.sqrt(variances / effective)).all()
    there = case.model.layout.diagonal(found.family.covariances)
    assert (np.abs(there / variances - 1.0) < 5 * np.sqrt(2.0 / effective)).all()
    correlation = [m[0, 1] / np.sqrt(m[0, 0] * m[1, 1]) for m in case.model.layout.dense(found.family.covariances)]
    wanted = [m[0, 1] / np.sqrt(m[0, 0] * m[1, 1]) for m in case.model.layout.dense(truth.family.covariances)]
    np.testing.assert_allclose(correlation, wanted, atol=5 / np.sqrt(effective.min()))


@pytest.mark.usefixtures("form")
@pytest.mark.parametrize("case", CASES)
def test_em_at_its_optimum_stays_there(case: Case) -> None:
    given = example(case, 31, random_gaps(case, np.random.default_rng(8), (150, 3)), 2)
    options = FitOptions(
        2,
        case.covariance,
        case.family,
        case.noise,
        init=given.labels.astype(np.intp),
        tolerance=1e-12,
        max_iterations=3000,
    )
    mixture = fit_mixture(given.values, given.case_weights, options).mixture
    there = replace(given, mixture=mixture)
    successor = there.model.unpack(there.answer().successor)
    np.testing.assert_allclose(successor.weights, mixture.weights, atol=1e-5)
    np.testing.assert_allclose(successor.family.means, mixture.family.means, atol=1e-4)
    np.testing.assert_allclose(successor.family.covariances, mixture.family.covariances, atol=1e-4)
