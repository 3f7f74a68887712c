"""Patterns of holes, Little's test, and exact relations between columns that have holes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from emcli.core.families.elliptical.covariances import COVARIANCES
from emcli.core.fit.fitting import FitOptions, fit_mixture
from emcli.core.judge.collinearity import check_relations
from emcli.core.rows.holes import hole_patterns, little_test, pairs_met_at_most, together
from emcli.data.blocks import in_blocks
from emcli.data.rows import FloatArray
from emcli.errors import CannotFit

DATA = Path(__file__).parents[3] / "oracles" / "reference" / "data"


def table(name: str) -> FloatArray:
    return np.genfromtxt(DATA / name, delimiter=",", skip_header=1)


def test_little_on_airquality_is_what_naniar_says() -> None:
    # naniar 1.0, mcar_test(airquality): statistic 35.1, 14 degrees of freedom, p 0.00142
    values = table("airquality.csv")
    fitted = fit_mixture(values, np.ones(len(values)), FitOptions(1, tolerance=1e-10))
    test = little_test(in_blocks(values, np.ones(len(values))), fitted.mixture)
    assert test.statistic == pytest.approx(35.1, abs=0.05)
    assert test.degrees_of_freedom == 14
    assert test.p_value == pytest.approx(0.00142, abs=5e-6)


def test_littles_p_values_are_even_where_cells_are_missing_at_random() -> None:
    rng = np.random.default_rng(0)
    p_values = []
    for _ in range(30):
        values = rng.normal(size=(150, 3)) @ [[1.0, 0.5, 0.0], [0.0, 1.0, 0.3], [0.0, 0.0, 1.0]]
        values[rng.random(values.shape) < 0.15] = np.nan
        values = values[~np.isnan(values).all(axis=1)]
        fitted = fit_mixture(values, np.ones(len(values)), FitOptions(1))
        p_values.append(little_test(in_blocks(values, np.ones(len(values))), fitted.mixture).p_value)
    assert 0.3 < np.mean(p_values) < 0.7
    assert np.mean(np.array(p_values) < 0.1) < 0.3


def test_patterns_are_counted_most_frequent_first() -> None:
    observed = np.array([[1, 1, 0], [1, 1, 1], [1, 1, 0], [0, 1, 1], [1, 1, 1], [1, 1, 0]], dtype=np.bool_)
    found = hole_patterns(observed)
    assert found.counts.tolist() == [3, 2, 1]
    assert found.observed.tolist() == [[True, True, False], [True, True, True], [False, True, True]]


def test_columns_that_never_meet_are_found() -> None:
    rows = in_blocks(np.array([[1, 1, np.nan], [np.nan, 1, 1], [1, np.nan, np.nan]]), np.ones(3))
    assert together(rows).tolist() == [[2, 1, 0], [1, 2, 1], [0, 1, 1]]
    assert pairs_met_at_most(rows, 0) == [(0, 2)]


def test_an_exact_sum_is_found_behind_holes_and_named() -> None:
    values = np.genfromtxt(DATA / "mammalsleep.csv", delimiter=",", skip_header=1)[:, 1:]
    header = (DATA / "mammalsleep.csv").read_text(encoding="utf-8").splitlines()[0].split(",")[1:]
    with pytest.raises(CannotFit, match="'sws', 'ps', 'ts' are collinear"):
        fit_mixture(values, np.ones(len(values)), FitOptions(1), columns=header)


def test_an_exact_sum_is_found_although_no_row_is_complete() -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(size=(60, 5))
    values[:, 2] = values[:, 0] - 2.0 * values[:, 1]
    values[::2, 3] = np.nan
    values[1::2, 4] = np.nan
    with pytest.raises(CannotFit, match="'a', 'b', 'c' are collinear"):
        check_relations(in_blocks(values, np.ones(len(values))), COVARIANCES["full"], "abcde")


def test_few_rows_that_happen_to_lie_on_a_line_are_no_relation() -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(size=(40, 2))
    values[3:20, 0] = np.nan
    values[20:, 1] = np.nan
    values[:3] = [[0.0, 0.0], [1.0, 1.0], [2.0, 2.0]]
    check_relations(in_blocks(values, np.ones(len(values))), COVARIANCES["full"], "ab")
