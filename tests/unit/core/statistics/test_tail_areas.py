"""Tail areas of chi-squared and Student's t, beside scipy."""

from __future__ import annotations

import pytest
from scipy import stats

from emcli.core.statistics.tail_areas import chi_squared_tail, student_quantile, student_tail


@pytest.mark.parametrize("freedom", [1, 2, 3, 10, 14, 100, 1000, 50_000])
@pytest.mark.parametrize("tail", [0.999999, 0.9, 0.5, 0.1, 0.01, 1e-5, 1e-20])
def test_the_chi_squared_tail_is_scipys(freedom: int, tail: float) -> None:
    statistic = float(stats.chi2.isf(tail, freedom))
    assert chi_squared_tail(statistic, freedom) == pytest.approx(float(stats.chi2.sf(statistic, freedom)), rel=1e-9)


@pytest.mark.parametrize("freedom", [1.0, 1.5, 2.3, 10.0, 100.0, 1e4, 1e6, float("inf")])
@pytest.mark.parametrize("t", [0.0, 0.01, 0.5, 1.0, 2.0, 5.0, 30.0])
def test_the_tail_of_students_t_is_scipys(freedom: float, t: float) -> None:
    assert student_tail(t, freedom) == pytest.approx(2.0 * float(stats.t.sf(t, freedom)), rel=1e-7, abs=1e-250)


@pytest.mark.parametrize("freedom", [1.0, 2.3, 10.0, 1e6])
@pytest.mark.parametrize("tail", [0.9, 0.1, 0.05, 1e-4])
def test_the_quantile_of_students_t_is_scipys(freedom: float, tail: float) -> None:
    assert student_quantile(tail, freedom) == pytest.approx(float(stats.t.isf(tail / 2.0, freedom)), rel=1e-7)


def test_nothing_beyond_nothing() -> None:
    assert chi_squared_tail(0.0, 3) == 1.0
    assert chi_squared_tail(5.0, 0) == 1.0
