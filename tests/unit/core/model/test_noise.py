"""The uniform background: it takes the outliers, leaves the clusters, and does not depend on units."""

from __future__ import annotations

import numpy as np
import pytest

from emcli.core.complete.imputation import Imputer
from emcli.core.complete.sampling import draw
from emcli.core.fit.fitting import FitOptions, Fitted, fit_mixture
from emcli.core.model.mixture import Mixture
from emcli.core.model.noise import Noise
from emcli.core.passes.evaluation import evaluate
from emcli.core.statistics.agreement import adjusted_rand_index
from emcli.data.rows import FloatArray, IntArray
from emcli.errors import CannotFit

from ..grounds import mixture

OPTIONS = FitOptions(3, noise=True, n_starts=2)


def with_outliers(n: int = 500, share: float = 0.1) -> tuple[FloatArray, IntArray]:
    """Three clusters, and rows scattered over a wider field; labels (n,) with -1 for the scattered."""
    rng = np.random.default_rng(2)
    labels = rng.integers(3, size=n)
    values = np.array([[0.0, 0.0], [7.0, 0.0], [0.0, 7.0]])[labels] + rng.normal(size=(n, 2))
    labels[rng.random(n) < share] = -1
    values[labels < 0] = rng.uniform(-12.0, 18.0, size=((labels < 0).sum(), 2))
    return values, labels


def fitted(values: FloatArray) -> Fitted:
    return fit_mixture(values, np.ones(len(values)), OPTIONS)


def test_clusters_among_a_tenth_of_scattered_rows_are_found_cleanly() -> None:
    values, labels = with_outliers()
    answer = fitted(values)
    found, clean = evaluate(answer.mixture, values).labels, labels >= 0
    assert answer.mixture.noise is not None
    assert answer.mixture.noise.weight == pytest.approx(0.1, abs=0.03)
    assert adjusted_rand_index(found[clean], labels[clean]) > 0.95
    assert (found[~clean] == -1).mean() > 0.75 and (found[clean] == -1).mean() < 0.02
    np.testing.assert_array_equal(answer.mixture.noise.lower, values.min(axis=0))
    np.testing.assert_array_equal(answer.mixture.noise.upper, values.max(axis=0))
    without = fit_mixture(values, np.ones(len(values)), FitOptions(3, n_starts=2))
    assert answer.criteria.bic < without.criteria.bic and answer.n_parameters == without.n_parameters + 2


def test_the_likelihood_never_falls_and_is_that_of_the_answer_with_and_without_gaps() -> None:
    values, _ = with_outliers(200)
    holes = np.random.default_rng(0).random(values.shape) < 0.2
    holes[:, 0] &= ~holes[:, 1]
    for rows in (values, np.where(holes, np.nan, values)):
        answer = fitted(rows)
        assert (np.diff(answer.history) > -1e-8).all()
        assert answer.log_likelihood == pytest.approx(evaluate(answer.mixture, rows).log_density.sum(), abs=1e-7)


def test_units_do_not_matter() -> None:
    values, _ = with_outliers(200)
    factors = np.array([1e-9, 1e6])
    here, there = fitted(values), fitted(values * factors + 1e3 * factors)
    assert there.log_likelihood == pytest.approx(here.log_likelihood - 200 * np.log(factors).sum(), abs=1e-5)
    np.testing.assert_array_equal(
        evaluate(here.mixture, values).labels, evaluate(there.mixture, values * factors + 1e3 * factors).labels
    )


def background() -> Mixture:
    """One component and a background in a box of 10 by 100."""
    one = mixture([0.5], [[5.0, 50.0]], [[[1.0, 0.0], [0.0, 1.0]]])
    return Mixture(one.weights, one.family, noise=Noise(0.5, np.array([0.0, 0.0]), np.array([10.0, 100.0])))


def test_the_density_is_one_over_the_ranges_of_the_observed_columns() -> None:
    rows = np.array([[-30.0, 500.0], [np.nan, 500.0], [-30.0, np.nan]])
    said = evaluate(background(), rows)
    np.testing.assert_allclose(said.log_density, np.log([0.5 / 1000.0, 0.5 / 100.0, 0.5 / 10.0]), rtol=1e-9)
    assert said.labels.tolist() == [-1, -1, -1]


def test_draws_fill_the_box_and_given_columns_keep_their_values() -> None:
    values, labels = draw(background(), 4000, np.random.default_rng(1), {})
    box = values[labels == -1]
    assert len(box) == pytest.approx(2000, abs=150)
    np.testing.assert_allclose(box.mean(axis=0), [5.0, 50.0], rtol=0.05)
    np.testing.assert_allclose(box.std(axis=0), np.array([10.0, 100.0]) / np.sqrt(12.0), rtol=0.05)
    values, labels = draw(background(), 200, np.random.default_rng(1), {0: 9.9})
    assert (values[:, 0] == 9.9).all() and (labels == -1).mean() > 0.95


def test_a_row_is_completed_by_the_components_whatever_the_background_says() -> None:
    completed, errors = Imputer(background()).expected(np.array([[90.0, np.nan], [np.nan, np.nan]]))
    np.testing.assert_allclose(completed, [[90.0, 50.0], [5.0, 50.0]])
    np.testing.assert_allclose(errors, [[0.0, 1.0], [1.0, 1.0]])


def test_a_flat_box_is_refused() -> None:
    with pytest.raises(CannotFit, match="constant"):
        fit_mixture(np.array([[1.0, 2.0], [3.0, 2.0], [5.0, 2.0]]), np.ones(3), FitOptions(1, "identity", noise=True))
