"""Responsibilities and free energy, soft and hard."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.special import logsumexp, softmax

from emcli.core.fit.fitting import FitOptions, fit_mixture
from emcli.core.model.assignment import hard, soft
from emcli.core.passes.evaluation import evaluate
from emcli.data.rows import FloatArray

from ..grounds import clusters

quick = settings(max_examples=50, deadline=None, derandomize=True, database=None)
joints = arrays(float, (2, 3, 4), elements=st.floats(-1e6, 700.0))


@given(joints)
@quick
def test_soft_is_the_softmax_and_its_energy_the_logsumexp(log_joint: FloatArray) -> None:
    responsibilities, energy = soft(log_joint.copy())
    np.testing.assert_allclose(responsibilities, softmax(log_joint, axis=1), rtol=1e-9, atol=1e-300)
    np.testing.assert_allclose(energy, logsumexp(log_joint, axis=1), rtol=1e-12, atol=1e-12)


@given(joints)
@quick
def test_hard_gives_everything_to_the_argmax(log_joint: FloatArray) -> None:
    responsibilities, energy = hard(log_joint.copy())
    np.testing.assert_array_equal(responsibilities.argmax(axis=1), log_joint.argmax(axis=1))
    np.testing.assert_array_equal(responsibilities.sum(axis=1), 1.0)
    assert set(np.unique(responsibilities)) <= {0.0, 1.0}
    np.testing.assert_array_equal(energy, log_joint.max(axis=1))


def test_a_tie_goes_to_the_first_component() -> None:
    responsibilities, _ = hard(np.zeros((1, 3, 2)))
    np.testing.assert_array_equal(responsibilities[0], [[1.0, 1.0], [0.0, 0.0], [0.0, 0.0]])


@pytest.mark.parametrize("gaps", [False, True], ids=["complete", "gaps"])
def test_at_every_soft_step_expected_log_joint_and_entropy_sum_to_the_log_likelihood(gaps: bool) -> None:
    values = clusters(80, 3, apart=1.5)
    if gaps:
        values[::3, 1] = np.nan
    options = FitOptions(2, init=np.arange(80) % 2, accelerate="none", max_iterations=15)
    points = list(fit_mixture(values, np.ones(80), options).trace())
    assert [point.iteration for point in points] == list(range(1, 16))
    for point in points:
        assert point.expected_log_joint + point.entropy == pytest.approx(point.log_likelihood, abs=1e-9)
        assert point.free_energy == pytest.approx(point.log_likelihood, abs=1e-9)
        assert point.entropy > 0.0


def test_a_hard_step_leaves_a_gap_between_free_energy_and_log_likelihood_and_no_entropy() -> None:
    values = clusters(80, 2, apart=1.0)
    result = fit_mixture(values, np.ones(80), FitOptions(2, hard=True, init=np.arange(80) % 2))
    points = list(result.trace())
    assert all(point.free_energy < point.log_likelihood - 1e-3 for point in points)
    assert all(point.entropy == 0.0 for point in points)
    energies = [point.free_energy for point in points]
    assert (np.diff(energies) >= -1e-9).all()
    assert result.objective == pytest.approx(energies[-1], abs=1e-9)


def test_the_trace_is_the_climb_that_was_made() -> None:
    values = clusters(80, 2, apart=1.5)
    result = fit_mixture(values, np.ones(80), FitOptions(2, init=np.arange(80) % 2, accelerate="none"))
    np.testing.assert_allclose([point.log_likelihood for point in result.trace()], result.history, atol=1e-9)


def test_hard_labels_are_the_argmax_of_the_joint_density() -> None:
    values = clusters(80, 2, apart=2.0)
    mixture = fit_mixture(values, np.ones(80), FitOptions(2)).mixture
    evaluation = evaluate(mixture, values)
    np.testing.assert_array_equal(evaluation.labels, evaluation.responsibilities.argmax(axis=1))
