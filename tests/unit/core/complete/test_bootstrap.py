"""Resamples, and the draws made under their fits."""

from __future__ import annotations

import numpy as np
import pytest

from emcli.core.complete.bootstrap import resampled
from emcli.core.complete.completed_scale import CompletedScale
from emcli.core.fit.fitting import FitOptions, fit_mixture
from emcli.core.sweep.rows import Rows, rows_of_arrays
from emcli.data.rows import FloatArray
from emcli.tasks.imputing import drawing


def rows_with_holes() -> Rows:
    rng = np.random.default_rng(0)
    values = rng.normal(size=(80, 3)) @ [[1.0, 0.8, 0.0], [0.0, 1.0, 0.3], [0.0, 0.0, 1.0]]
    values[rng.random(values.shape) < 0.2] = np.nan
    return rows_of_arrays(values, np.ones(80), ("a", "b", "c"))


def all_draws(n_threads: int) -> FloatArray:
    rows, options = rows_with_holes(), FitOptions(1, seed=5)
    best = fit_mixture(rows.values, rows.case_weights, options)
    made = drawing.Drawing(rows, best, options, CompletedScale.plain(3), n_threads).draws(6, 2, drawing.DRAWS_KEY)
    return np.array([one.cells for one in made])


def test_draws_do_not_depend_on_the_number_of_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("emcli.core.fit.problem.rows_per_chunk", lambda n_features, n_components: 16)
    alone = all_draws(1)
    monkeypatch.setattr("emcli.engines.threads.WORTH_A_THREAD", 0)
    assert np.array_equal(all_draws(3), alone)


def test_every_draw_has_a_fit_of_its_own() -> None:
    draws = all_draws(1)
    assert len(np.unique(draws[:, 0, 0])) == len(draws)


def test_a_resample_has_as_many_rows_and_heavy_rows_come_often() -> None:
    rng = np.random.default_rng(0)
    weights = np.array([1.0, 0.0, 6.0, 3.0])
    counts = np.array([resampled(weights, rng) for _ in range(3000)])
    assert np.allclose(counts.sum(axis=1), 10.0)
    assert np.allclose(counts.mean(axis=0), weights, atol=0.15)
