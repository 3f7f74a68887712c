"""The mean of held-out log densities and its standard error."""

from __future__ import annotations

import numpy as np
import pytest

from emcli.core.sweep.heldout import HeldOut

VALUES = np.random.default_rng(1).normal(size=40)


def test_the_standard_error_is_that_of_a_mean_over_rows() -> None:
    one = HeldOut(VALUES, np.ones(40))
    assert one.per_row == pytest.approx(VALUES.mean())
    assert one.standard_error == pytest.approx(VALUES.std(ddof=1) / np.sqrt(40))


def test_a_row_of_weight_three_is_three_rows() -> None:
    times = np.tile([1, 3], 20)
    weighted = HeldOut(VALUES, times.astype(float))
    repeated = HeldOut(np.repeat(VALUES, times), np.ones(times.sum()))
    assert weighted.per_row == pytest.approx(repeated.per_row)
    assert weighted.standard_error == pytest.approx(repeated.standard_error)


def test_groups_of_one_row_give_the_error_over_rows_and_groups_of_equal_rows_a_larger_one() -> None:
    alone = HeldOut(VALUES, np.ones(40), np.arange(40))
    assert alone.standard_error == pytest.approx(HeldOut(VALUES, np.ones(40)).standard_error)
    doubled = HeldOut(np.repeat(VALUES, 2), np.ones(80), np.repeat(np.arange(40), 2))
    assert doubled.standard_error == pytest.approx(alone.standard_error)


def test_the_lead_is_judged_row_by_row() -> None:
    here, there = HeldOut(VALUES + 0.1, np.ones(40)), HeldOut(VALUES, np.ones(40))
    lead, error = here.lead_over(there)
    assert lead == pytest.approx(0.1)
    assert error == pytest.approx(0.0, abs=1e-12)


def test_one_row_has_no_standard_error() -> None:
    assert np.isnan(HeldOut(VALUES[:1], np.ones(1)).standard_error)
    assert np.isnan(HeldOut(VALUES, np.ones(40), np.zeros(40, dtype=np.intp)).standard_error)
