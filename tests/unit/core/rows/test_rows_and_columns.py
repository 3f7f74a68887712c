"""Working coordinates at the edges of what a double holds, and tables that determine no model."""

from __future__ import annotations

import numpy as np
import pytest

from emcli.core.fit.fitting import FitOptions, fit_mixture
from emcli.core.passes.evaluation import evaluate
from emcli.core.rows.coordinates import Coordinates, column_moments
from emcli.data.blocks import in_blocks
from emcli.data.rows import FloatArray
from emcli.errors import CannotFit

from ..grounds import clusters, mixture, problem, working


def fails(values: FloatArray, k: int = 1, covariance: str = "full", names: tuple[str, ...] = ()) -> CannotFit:
    with pytest.raises(CannotFit) as caught:
        fit_mixture(values, np.ones(len(values)), FitOptions(k, covariance), columns=names)
    return caught.value


def test_moments_are_those_of_the_observed_cells() -> None:
    values = clusters(50, 2)
    values[::4, 0] = np.nan
    weights = 1.0 + np.arange(50) % 3
    centre, spread = column_moments(in_blocks(values, weights))
    seen = ~np.isnan(values[:, 0])
    mean = np.average(values[seen, 0], weights=weights[seen])
    assert centre[0] == pytest.approx(mean)
    assert spread[0] == pytest.approx(np.sqrt(np.average((values[seen, 0] - mean) ** 2, weights=weights[seen])))


@pytest.mark.parametrize("factor", [1e-150, 1e-9, 1e9, 1e150])
def test_moments_scale_with_the_column(factor: float) -> None:
    values = clusters(50, 2)
    centre, spread = column_moments(in_blocks(values, np.ones(50)))
    there, wider = column_moments(in_blocks(values * factor, np.ones(50)))
    np.testing.assert_allclose(there, centre * factor, rtol=1e-12, atol=0.0)
    np.testing.assert_allclose(wider, spread * factor, rtol=1e-12)


def test_moments_of_the_largest_doubles_do_not_overflow() -> None:
    values = np.array([[1e308], [-1e308], [1.5e308], [-1.5e308]])
    centre, spread = column_moments(in_blocks(values, np.ones(4)))
    assert np.isfinite(centre).all()
    assert spread[0] == pytest.approx(np.sqrt(1.625) * 1e308)


def test_a_large_offset_does_not_drown_the_spread() -> None:
    values = np.arange(16.0)[:, None]
    _, spread = column_moments(in_blocks(values, np.ones(16)))
    _, there = column_moments(in_blocks(values + 2.0**40, np.ones(16)))
    assert there[0] == pytest.approx(spread[0], rel=1e-9)


def test_constant_and_empty_columns_have_no_spread() -> None:
    values = np.column_stack([np.full(5, 3.7), np.full(5, np.nan)])
    centre, spread = column_moments(in_blocks(values, np.ones(5)))
    assert spread.tolist() == [0.0, 0.0]
    assert centre.tolist() == [3.7, 0.0]


def test_the_change_of_units_is_the_one_the_model_can_express() -> None:
    values = clusters(50, 2) * [1.0, 100.0]
    here = problem(values)
    rows = working(here)
    np.testing.assert_allclose(rows.std(axis=0), 1.0)
    assert here.units("columns") is None
    common, shift = here.units("common"), here.units("shift")
    assert common is not None and shift is not None
    one_factor = (rows * common).std(axis=0) / values.std(axis=0)
    assert one_factor[0] == pytest.approx(one_factor[1], rel=1e-14)
    np.testing.assert_allclose(rows * shift, values - here.coordinates.centre, rtol=1e-12, atol=1e-12)


def test_mixtures_go_in_and_come_out_as_they_were() -> None:
    there = Coordinates(np.array([5.0, -3.0]), np.array([10.0, 0.25]))
    given = mixture([0.4, 0.6], [[1.0, 2.0], [3.0, -1.0]], [[[2.0, 0.3], [0.3, 1.0]], [[1.0, 0.0], [0.0, 5.0]]])
    back = there.outward(there.inward_mixture(given))
    np.testing.assert_allclose(back.family.means, given.family.means, rtol=1e-14)
    np.testing.assert_allclose(back.family.covariances, given.family.covariances, rtol=1e-14)
    rows = clusters(20, 2)
    inside = evaluate(there.inward_mixture(given), there.inward(rows)).log_density.sum()
    outside = evaluate(given, rows).log_density.sum()
    assert outside == pytest.approx(inside + there.log_jacobian(np.full(2, 20.0)))


@pytest.mark.parametrize("size", [1e308, 1e160, 1e-160, 1e-320])
def test_a_spread_whose_square_is_no_double_is_said_with_the_columns_name(size: float) -> None:
    values = clusters(30, 2)
    values[:, 1] *= size / np.abs(values[:, 1]).max()
    error = fails(values, names=("height", "weight"))
    assert "'weight'" in error.message
    assert error.hint is not None


@pytest.mark.parametrize("size", [1e140, 1e-140])
def test_a_spread_whose_square_is_a_double_is_no_difficulty(size: float) -> None:
    values = clusters(60, 2, apart=5.0)
    here = fit_mixture(values, np.ones(60), FitOptions(2))
    there = fit_mixture(values * [1.0, size], np.ones(60), FitOptions(2))
    np.testing.assert_array_equal(
        evaluate(there.mixture, values * [1.0, size]).labels, evaluate(here.mixture, values).labels
    )


def test_collinear_columns_are_named_and_the_others_are_not() -> None:
    values = clusters(40, 4)
    values[:, 3] = values[:, 0] + 2.0 * values[:, 1]
    error = fails(values, names=("sws", "ps", "other", "ts"))
    assert all(f"'{name}'" in error.message for name in ("sws", "ps", "ts"))
    assert "'other'" not in error.message
    assert "collinear" in error.message


def test_collinear_columns_are_no_difficulty_for_variances_alone() -> None:
    values = clusters(40, 2)
    values[:, 1] = 3.0 * values[:, 0]
    assert fit_mixture(values, np.ones(40), FitOptions(1, "diag")).converged


def test_a_constant_column_is_named() -> None:
    values = clusters(30, 2)
    values[:, 1] = 0.1
    assert "'weight' is constant" in fails(values, names=("height", "weight")).message


def test_a_wholly_missing_column_is_named() -> None:
    values = clusters(30, 2)
    values[:, 1] = np.nan
    assert "'weight' has no observed cell" in fails(values, names=("height", "weight")).message


def test_fewer_rows_than_components_are_refused_with_the_number_that_would_do() -> None:
    error = fails(clusters(3, 1), k=4, covariance="diag")
    assert "3 rows cannot determine 4 components" in error.message
    assert "-k 3" in str(error.hint)


def test_one_row_is_refused_in_good_english() -> None:
    assert "1 row cannot" in fails(clusters(1, 1), k=2, covariance="diag").message


def test_no_more_rows_than_columns_are_refused_for_matrices_and_not_for_identity() -> None:
    values = clusters(4, 4)
    assert "singular" in fails(values).message
    assert fit_mixture(values, np.ones(4), FitOptions(1, "identity")).converged


def test_copies_of_few_rows_are_refused_with_the_number_of_different_ones() -> None:
    values = np.repeat(clusters(3, 2), 20, axis=0)
    error = fails(values, k=4, covariance="diag")
    assert "3 distinct rows cannot determine 4 components" in error.message


def test_a_table_without_an_observed_cell_is_refused() -> None:
    assert "no rows" in fails(np.full((5, 2), np.nan)).message


def test_rows_with_nothing_observed_are_counted_and_change_nothing() -> None:
    values = clusters(50, 2)
    more = np.vstack([values[:25], np.full((3, 2), np.nan), values[25:]])
    here = fit_mixture(values, np.ones(50), FitOptions(2))
    there = fit_mixture(more, np.ones(53), FitOptions(2))
    assert there.log_likelihood == here.log_likelihood
    assert (there.n_rows, there.n_empty_rows, there.n_missing_cells) == (53, 3, 6)
    np.testing.assert_array_equal(there.mixture.family.means, here.mixture.family.means)


def test_rows_of_weight_zero_change_nothing() -> None:
    values = clusters(50, 2)
    more = np.vstack([values, 1e6 * np.ones((4, 2))])
    here = fit_mixture(values, np.ones(50), FitOptions(2))
    there = fit_mixture(more, np.append(np.ones(50), np.zeros(4)), FitOptions(2))
    assert there.log_likelihood == here.log_likelihood
