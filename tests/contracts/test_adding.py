"""Expectations of disjoint rows add, and neither chunks nor threads can be seen in the sum."""

from __future__ import annotations

from functools import reduce
from operator import add

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emcli.core.model.assignment import Assignment, hard, soft
from emcli.core.model.expectation import Expectation
from emcli.core.rows.engine import Serial
from emcli.engines.threads import Threads

from ..single import e_step
from .cases import CASES, Case, Example, OneBlock, example, examples, quick, random_gaps
from .conftest import NEVER

ASSIGNMENTS = [pytest.param(soft, id="soft"), pytest.param(hard, id="hard")]


def expectations(given: Example, rows_per_chunk: int, assignment: Assignment = soft) -> list[Expectation]:
    expect = e_step(given.mixture, assignment)
    return [expect(chunk).of[0] for chunk in given.chunks(rows_per_chunk)]


def assert_close(a: Expectation, b: Expectation) -> None:
    np.testing.assert_allclose(a.log_likelihood, b.log_likelihood, rtol=1e-11, atol=1e-9)
    np.testing.assert_allclose(a.counts, b.counts, rtol=1e-11, atol=1e-9)
    np.testing.assert_allclose(a.sums, b.sums, rtol=1e-11, atol=1e-9)
    np.testing.assert_allclose(a.scatter, b.scatter, rtol=1e-11, atol=1e-9)


def assert_same_bits(a: Expectation, b: Expectation) -> None:
    np.testing.assert_array_equal(a.log_likelihood, b.log_likelihood)
    np.testing.assert_array_equal(a.counts, b.counts)
    np.testing.assert_array_equal(a.sums, b.sums)
    np.testing.assert_array_equal(a.scatter, b.scatter)


@pytest.mark.usefixtures("form")
@pytest.mark.parametrize("case", CASES)
@given(data=st.data())
@quick
def test_adding_is_associative_up_to_rounding(case: Case, data: st.DataObject) -> None:
    parts = expectations(data.draw(examples(case)), rows_per_chunk=4)
    to_the_right = reduce(lambda total, part: part + total, reversed(parts))
    assert_close(reduce(add, parts), to_the_right)


@pytest.mark.usefixtures("form")
@pytest.mark.parametrize("case", CASES)
@given(data=st.data(), rows_per_chunk=st.sampled_from([1, 2, 3, 5, 7, 16, 33]))
@quick
def test_the_size_of_the_chunks_does_not_matter(case: Case, rows_per_chunk: int, data: st.DataObject) -> None:
    given = data.draw(examples(case))
    assert_close(reduce(add, expectations(given, rows_per_chunk)), reduce(add, expectations(given, 64)))


@pytest.mark.usefixtures("form")
@pytest.mark.parametrize("assignment", ASSIGNMENTS)
@pytest.mark.parametrize("case", CASES)
def test_any_number_of_threads_gives_the_bits_of_the_serial_engine(case: Case, assignment: Assignment) -> None:
    observed = random_gaps(case, np.random.default_rng(5), (600, 4))
    given = example(case, 11, observed, n_components=3)
    chunks = given.chunks(32)
    assert len(chunks) > 7
    expect = e_step(given.mixture, assignment)
    serial = Serial(OneBlock(chunks)).reduce(expect).of[0]
    for n_threads in (1, 2, 3, 7):
        assert_same_bits(Threads(OneBlock(chunks), n_threads).reduce(expect).of[0], serial)


@pytest.mark.usefixtures("form")
@pytest.mark.parametrize("case", CASES)
@given(data=st.data())
@quick
def test_a_row_that_counts_twice_is_the_row_twice(case: Case, data: st.DataObject) -> None:
    given = data.draw(examples(case))
    times = given.case_weights.astype(int)
    twice = Example(
        np.repeat(given.values, times, axis=0), np.ones(times.sum()), given.labels.repeat(times), given.mixture
    )
    assert_close(reduce(add, expectations(given, 16)), reduce(add, expectations(twice, 16)))


@pytest.mark.parametrize("case", CASES)
@given(data=st.data())
@quick
def test_all_forms_say_the_same(case: Case, data: st.DataObject) -> None:
    given = data.draw(examples(case))
    fast = reduce(add, expectations(given, 16))
    with pytest.MonkeyPatch.context() as patch:
        for room in ("kernels", "filled"):
            patch.setattr(f"emcli.core.passes.{room}.TRUSTED", NEVER)
        anchored = reduce(add, expectations(given, 16))
    assert fast.error_bound != anchored.error_bound
    assert_close(fast, anchored)
