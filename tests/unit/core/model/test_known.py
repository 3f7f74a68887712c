"""Semi-supervised fits: known rows stay where they belong, and components keep the numbers of their labels."""

from __future__ import annotations

import numpy as np
import pytest

from emcli.core.families.elliptical.covariances import COVARIANCES
from emcli.core.fit.fitting import FitOptions, Fitted, fit_mixture
from emcli.core.model.known import UNKNOWN
from emcli.core.passes.evaluation import evaluate
from emcli.data.rows import FloatArray, IntArray


def overlapping(n: int = 100) -> tuple[FloatArray, IntArray]:
    """Two groups hardly apart, and which group each row is from."""
    rng = np.random.default_rng(0)
    return np.vstack([rng.normal(size=(n, 2)), rng.normal(size=(n, 2)) + 1.0]), np.repeat([1, 0], n)


def fitted(values: FloatArray, labels: IntArray, k: int = 2, covariance: str = "full", *, hard: bool = False) -> Fitted:
    options = FitOptions(k, covariance, labels=labels, hard=hard, n_starts=2)
    return fit_mixture(values, np.ones(len(values)), options)


@pytest.mark.parametrize("hard", [False, True])
def test_with_every_row_known_the_fit_is_that_of_the_groups(hard: bool) -> None:
    values, labels = overlapping()
    family = fitted(values, labels, hard=hard).mixture.family
    for k in (0, 1):
        group = values[labels == k]
        np.testing.assert_allclose(family.means[k], group.mean(axis=0), atol=1e-9)
        np.testing.assert_allclose(family.covariances[k], np.cov(group.T, bias=True), atol=1e-9)


def test_known_rows_count_with_the_joint_density_of_their_component() -> None:
    values, labels = overlapping()
    answer = fitted(values, labels)
    said = evaluate(answer.mixture, values)
    joint = said.log_density + np.log(said.responsibilities[np.arange(len(values)), labels])
    assert answer.log_likelihood == pytest.approx(joint.sum(), abs=1e-6)


@pytest.mark.parametrize("covariance", COVARIANCES)
def test_the_log_likelihood_never_falls(covariance: str) -> None:
    values, labels = overlapping(40)
    labels = np.where(np.arange(len(labels)) % 3 == 0, labels, UNKNOWN)
    values[::7, 0] = np.nan
    history = np.array(fitted(values, labels, covariance=covariance).history)
    assert (np.diff(history) >= -1e-10 * np.abs(history[1:])).all()


def test_a_few_labels_tell_groups_apart_that_nothing_else_does() -> None:
    values, truth = overlapping()
    labels = np.where(np.arange(len(truth)) % 2 == 0, truth, UNKNOWN)
    found = evaluate(fitted(values, labels).mixture, values).labels
    assert (found == truth).mean() > 0.7


def test_there_may_be_more_components_than_labels() -> None:
    values, truth = overlapping()
    values = np.vstack([values, np.random.default_rng(5).normal(size=(50, 2)) - 30.0])
    labels = np.r_[truth, np.full(50, UNKNOWN)]
    found = evaluate(fitted(values, labels, k=3).mixture, values).labels
    assert (found[-50:] == 2).all()


def test_labels_hold_where_starts_are_searched_for_on_a_sample() -> None:
    values, truth = overlapping()
    few, many = fitted(values, truth), fitted(np.tile(values, (60, 1)), np.tile(truth, 60))
    np.testing.assert_allclose(many.mixture.family.means, few.mixture.family.means, atol=1e-9)
