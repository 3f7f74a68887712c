"""Mixtures, chunks and E steps as values: they travel, they say the same everywhere, and nothing is written to."""

from __future__ import annotations

import json
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emcli.core.complete.sampling import draw
from emcli.core.describe.criteria import Certainty, FreeEnergy
from emcli.core.fit.fitting import FitOptions, fit_mixture
from emcli.core.judge.degeneracy import Counted
from emcli.core.model.assignment import hard
from emcli.core.model.mixture import Mixture
from emcli.core.model.plain import from_plain, to_plain
from emcli.core.passes.case_weights import EVERYTHING
from emcli.core.passes.completion import fill
from emcli.core.passes.evaluation import evaluate
from emcli.core.rows.engine import Serial
from emcli.data.chunk import cut

from ..single import e_step
from .cases import CASES, Case, OneBlock, example, examples, quick, random_gaps
from .test_adding import assert_same_bits

COLUMNS = ["height", "weight", "yes", "a: b"]


def assert_same_mixture(a: Mixture, b: Mixture) -> None:
    np.testing.assert_array_equal(a.weights, b.weights)
    np.testing.assert_array_equal(a.family.means, b.family.means)
    np.testing.assert_array_equal(a.family.covariances, b.family.covariances)
    assert a.family.model.name == b.family.model.name
    assert a.equal_weights == b.equal_weights
    assert (a.noise is None) == (b.noise is None)
    if a.noise is not None and b.noise is not None:
        assert a.noise.weight == b.noise.weight
        np.testing.assert_array_equal([a.noise.lower, a.noise.upper], [b.noise.lower, b.noise.upper])


@pytest.mark.parametrize("case", CASES)
def test_mixtures_chunks_and_e_steps_can_be_pickled(case: Case) -> None:
    observed = random_gaps(case, np.random.default_rng(2), (60, 4))
    given = example(case, 3, observed, 3)
    chunks = given.chunks()
    expect = e_step(given.mixture)
    assert_same_mixture(pickle.loads(pickle.dumps(given.mixture)), given.mixture)
    there_chunks, there_expect = pickle.loads(pickle.dumps((chunks, expect)))
    there = Serial(OneBlock(there_chunks)).reduce(there_expect)
    assert_same_bits(there.of[0], Serial(OneBlock(chunks)).reduce(expect).of[0])
    counted = Counted(None, EVERYTHING)
    for function in (Certainty(given.mixture, counted), FreeEnergy(given.mixture, hard, None)):
        again = pickle.loads(pickle.dumps(function))
        np.testing.assert_array_equal(Serial(OneBlock(chunks)).reduce(again), Serial(OneBlock(chunks)).reduce(function))


@pytest.mark.parametrize("case", CASES)
@given(data=st.data())
@quick
def test_the_way_through_a_plain_dict_and_json_is_exact(case: Case, data: st.DataObject) -> None:
    mixture = data.draw(examples(case)).mixture
    plain = to_plain(mixture, COLUMNS[: mixture.family.n_features])
    assert_same_mixture(from_plain(json.loads(json.dumps(plain))), mixture)


@pytest.mark.parametrize("case", CASES)
def test_a_row_is_judged_by_the_same_bits_whatever_rows_stand_beside_it(case: Case) -> None:
    rng = np.random.default_rng(17)
    observed = random_gaps(case, rng, (1300, 4))
    observed[::50] &= not case.gaps  # rows with nothing observed
    given = example(case, 3, observed, 3)
    together = evaluate(given.mixture, given.values)
    for rows in ([0], [1299], [700, 3, 50], rng.choice(1300, size=57), np.arange(1300)[::-1]):
        apart = evaluate(given.mixture, given.values[rows])
        np.testing.assert_array_equal(apart.responsibilities, together.responsibilities[rows])
        np.testing.assert_array_equal(apart.log_density, together.log_density[rows])


@pytest.mark.parametrize("case", CASES)
def test_a_row_with_nothing_observed_has_the_weights_as_responsibilities(case: Case) -> None:
    mixture = example(case, 3, np.ones((5, 4), dtype=bool), 3).mixture
    result = evaluate(mixture, np.full((2, 4), np.nan))
    weights = mixture.weights if mixture.noise is None else [*mixture.weights, mixture.noise.weight]
    np.testing.assert_allclose(result.responsibilities, [weights] * 2, rtol=1e-14)
    np.testing.assert_allclose(result.log_density, [0.0, 0.0], atol=1e-15)


@pytest.mark.parametrize("hardly", [False, True], ids=["soft", "hard"])
@pytest.mark.parametrize("case", CASES)
def test_inputs_are_never_written_to(case: Case, hardly: bool) -> None:
    observed = random_gaps(case, np.random.default_rng(2), (60, 3))
    given = example(case, 3, observed, 2)
    mixture = given.mixture
    inputs = [given.values, given.case_weights, mixture.weights, mixture.family.means, mixture.family.covariances]
    before = [array.copy() for array in inputs]
    for array in inputs:
        array.flags.writeable = False
    fit_mixture(
        given.values,
        given.case_weights,
        FitOptions(2, case.covariance, case.family, case.noise, hard=hardly, n_starts=1),
    )
    fit_mixture(
        given.values,
        given.case_weights,
        FitOptions(2, case.covariance, case.family, case.noise, hard=hardly, init=mixture),
    )
    evaluate(mixture, given.values)
    fill(mixture, given.values, cut(given.values, given.case_weights, 16))
    draw(mixture, 5, np.random.default_rng(0), {1: 0.5})
    for array, copy in zip(inputs, before, strict=True):
        np.testing.assert_array_equal(array, copy)


@pytest.mark.parametrize("case", CASES)
def test_the_same_seed_gives_the_same_bits(case: Case) -> None:
    given = example(case, 3, random_gaps(case, np.random.default_rng(2), (80, 3)), 3)
    options = FitOptions(3, case.covariance, case.family, case.noise, n_starts=2, seed=5)
    first = fit_mixture(given.values, given.case_weights, options)
    again = fit_mixture(given.values, given.case_weights, options)
    assert first.log_likelihood == again.log_likelihood
    assert_same_mixture(first.mixture, again.mixture)
