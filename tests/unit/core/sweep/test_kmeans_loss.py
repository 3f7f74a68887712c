"""The k-means loss: what it is, and that it falls whatever the data."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emcli.core.fit.asking import drive
from emcli.core.fit.fitting import FitOptions
from emcli.core.sweep.context import SweepContext
from emcli.core.sweep.kmeans_loss import Centres, kmeans
from emcli.core.sweep.rows import rows_of_arrays
from emcli.data.rows import FloatArray

OPTIONS = FitOptions(n_components=1)


def losses(values: FloatArray, weights: FloatArray, largest: int) -> list[float]:
    rows = rows_of_arrays(values, weights, tuple(f"x{j}" for j in range(values.shape[1])))
    problem, found = SweepContext(rows, OPTIONS).problem(largest), list[Centres]()
    for k in range(1, largest + 1):
        found.append(drive(kmeans(problem, k, found[-1] if found else None, OPTIONS)))
    return [centres.loss for centres in found]


def test_one_centre_leaves_a_standard_deviation_per_column_and_row() -> None:
    values = np.random.default_rng(0).normal(size=(50, 3)) * [1.0, 100.0, 0.01] + 5.0
    assert losses(values, np.ones(50), 1)[0] == pytest.approx(150.0)


def test_two_tight_clusters_leave_almost_nothing_and_units_do_not_matter() -> None:
    rng = np.random.default_rng(0)
    values = np.vstack([rng.normal(0, 1e-3, (20, 2)), rng.normal(1, 1e-3, (20, 2))])
    first, second = losses(values, np.ones(40), 2)
    assert second < 1e-4 * first
    assert losses(values * [1000.0, 0.001], np.ones(40), 2)[1] == pytest.approx(second, rel=1e-6)


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10_000), n=st.integers(12, 40), d=st.integers(1, 3), gaps=st.sampled_from([0.0, 0.2]))
def test_the_loss_falls_with_every_centre(seed: int, n: int, d: int, gaps: float) -> None:
    rng = np.random.default_rng(seed)
    values = np.round(rng.normal(size=(n, d)), 2)
    values[:, 1:][rng.random((n, d - 1)) < gaps] = np.nan
    found = losses(values, rng.integers(1, 4, n).astype(float), 6)
    assert all(after < before for before, after in pairwise(found))
