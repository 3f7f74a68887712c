"""Cutting a table into chunks of equal patterns loses nothing and invents nothing."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from emcli.data.chunk import cut
from emcli.data.rows import FloatArray

quick = settings(max_examples=100, deadline=None, derandomize=True, database=None)


@st.composite
def tables(draw: st.DrawFn) -> FloatArray:
    """Numbers that tell their own place, with any cells missing."""
    n, d = draw(st.integers(1, 60)), draw(st.integers(1, 5))
    observed = draw(arrays(bool, (n, d), fill=st.just(True)))
    return np.where(observed, np.arange(n * d, dtype=float).reshape(n, d), np.nan)


@given(values=tables(), rows_per_chunk=st.integers(1, 70))
@quick
def test_every_row_is_in_one_chunk_with_its_own_pattern_values_and_weight(
    values: FloatArray, rows_per_chunk: int
) -> None:
    case_weights = 1.0 + np.arange(len(values)) / 7.0
    seen: list[int] = []
    for chunk in cut(values, case_weights, rows_per_chunk):
        for p, (observed, missing) in enumerate(zip(chunk.patterns.observed, chunk.patterns.missing, strict=True)):
            for slot in np.flatnonzero(chunk.rows[p] >= 0):
                row = int(chunk.rows[p, slot])
                seen.append(row)
                np.testing.assert_array_equal(np.flatnonzero(~np.isnan(values[row])), observed)
                np.testing.assert_array_equal(np.flatnonzero(np.isnan(values[row])), missing)
                np.testing.assert_array_equal(chunk.values[p, :, slot], values[row, observed])
                assert chunk.case_weights[p, slot] == case_weights[row]
    assert sorted(seen) == list(range(len(values)))


@given(values=tables(), rows_per_chunk=st.integers(1, 70))
@quick
def test_slots_that_no_row_fills_have_no_weight_and_no_holes(values: FloatArray, rows_per_chunk: int) -> None:
    for chunk in cut(values, np.ones(len(values)), rows_per_chunk):
        assert (chunk.case_weights[chunk.rows < 0] == 0.0).all()
        assert not np.isnan(chunk.values).any()
        assert chunk.rows.shape[1] <= rows_per_chunk


@given(values=tables(), rows_per_chunk=st.integers(1, 70))
@quick
def test_a_key_stands_for_the_same_patterns_in_all_chunks(values: FloatArray, rows_per_chunk: int) -> None:
    chunks = cut(values, np.ones(len(values)), rows_per_chunk)
    by_key = {chunk.patterns.key: chunk.patterns for chunk in chunks}
    for chunk in chunks:
        np.testing.assert_array_equal(chunk.patterns.observed, by_key[chunk.patterns.key].observed)
    patterns = [tuple(row) for stack in by_key.values() for row in stack.observed]
    distinct = {tuple(np.flatnonzero(~np.isnan(row))) for row in values}
    assert set(patterns) == distinct
    assert len(patterns) == len(distinct)


def test_rows_of_a_pattern_keep_their_order() -> None:
    values = np.arange(20.0).reshape(10, 2)
    rows = np.concatenate([chunk.rows[0] for chunk in cut(values, np.ones(10), 4)])
    np.testing.assert_array_equal(rows, np.arange(10))


def test_hundreds_of_small_patterns_share_chunks() -> None:
    rng = np.random.default_rng(0)
    values = np.where(rng.random((2000, 12)) < 0.3, np.nan, 1.0)
    chunks = cut(values, np.ones(2000), 4096)
    n_patterns = len({row.tobytes() for row in np.isnan(values)})
    assert n_patterns > 400
    assert len(chunks) < n_patterns / 5
