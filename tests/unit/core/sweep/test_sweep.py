"""A sweep gives the same answers with any number of threads, and says what it could not do."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from emcli.core.fit.asking import drive
from emcli.core.fit.fitting import FitOptions
from emcli.core.fit.problem import MakeEngine
from emcli.core.rows.engine import Serial
from emcli.core.sweep.bootstrap import Bootstrap, resampled
from emcli.core.sweep.context import SweepContext
from emcli.core.sweep.folds import fold_numbers
from emcli.core.sweep.likelihood_ratio import RatioTests, simulated
from emcli.core.sweep.rows import Rows, rows_of_arrays
from emcli.core.sweep.scores import Score
from emcli.core.sweep.sweep import Sweep
from emcli.engines.threads import engine_for

OPTIONS = FitOptions(n_components=1, n_starts=2)


def two_clusters(n: int = 60, gaps: float = 0.1, weights: tuple[float, ...] = (1.0, 2.0), seed: int = 5) -> Rows:
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(n, 2)) + np.where(np.arange(n) % 2, 6.0, 0.0)[:, None]
    values[rng.random((n, 2)) < gaps] = np.nan
    used = ~np.isnan(values).all(axis=1)
    return rows_of_arrays(values, rng.choice(weights, n), ("x", "y"), fold_numbers(used, 3, np.random.default_rng(0)))


def swept(rows: Rows, ks: tuple[int, ...] = (1, 2, 3), make_engine: MakeEngine = Serial) -> list[Score]:
    return drive(Sweep(SweepContext(rows, OPTIONS, make_engine), ks, ["spherical", "diag"]).run())


def bits(score: Score) -> tuple[object, ...]:
    assert score.fitted is not None and score.held_out is not None
    mixture = score.fitted.mixture
    return (
        score.k,
        score.covariance,
        score.fitted.log_likelihood,
        mixture.family.means.tobytes(),
        score.held_out.log_density.tobytes(),
        score.kmeans_loss,
    )


@pytest.fixture
def many_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small chunks that are worth a thread."""
    monkeypatch.setattr("emcli.core.fit.problem.rows_per_chunk", lambda n_features, n_components: 16)
    monkeypatch.setattr("emcli.engines.threads.WORTH_A_THREAD", 0)


@pytest.mark.usefixtures("many_chunks")
def test_answers_do_not_depend_on_the_number_of_threads() -> None:
    rows = two_clusters()
    alone = [bits(score) for score in swept(rows)]
    assert [bits(score) for score in swept(rows, make_engine=partial(engine_for, n_threads=3))] == alone


@pytest.mark.usefixtures("many_chunks")
def test_the_bootstrap_and_the_tests_of_k_do_not_depend_on_the_number_of_threads() -> None:
    rows = two_clusters()
    found = []
    for make_engine in (Serial, partial(engine_for, n_threads=3)):
        context = SweepContext(rows, OPTIONS, make_engine)
        scores = drive(Sweep(context, (1, 2), ["spherical"]).run())
        bootstrap = Bootstrap(context, scores, "heldout", "1se")
        bootstrap.run(4)
        tests = RatioTests(context, FitOptions(1, "spherical", n_starts=1), scores)
        tests.run(4)
        found.append(([bits(score) for score in scores], bootstrap.done, bootstrap.wins, tests.tests))
    assert found[0] == found[1]


def test_every_score_is_told_when_it_is_known_and_again_when_held_out_rows_judged_it() -> None:
    told: list[Score] = []
    rows = two_clusters()
    scores = drive(Sweep(SweepContext(rows, OPTIONS), (1, 2), ["diag"], tell=told.append).run())
    assert sorted(score.k for score in told) == [1, 1, 2, 2]
    assert [score.held_out is None for score in told] == [True, True, False, False]
    assert [bits(score)[:5] for score in scores] == [bits(score)[:5] for score in told[2:]]


def test_held_out_rows_are_judged_by_a_fit_without_them_and_weights_count() -> None:
    rows = two_clusters()
    for score in swept(rows, (2,)):
        assert score.held_out is not None and score.train_per_row is not None and score.fitted is not None
        assert score.held_out.per_row < score.train_per_row
        assert score.train_per_row == pytest.approx(score.fitted.log_likelihood / rows.total_weight)
        assert len(score.held_out.log_density) == rows.used.sum()


def test_a_candidate_that_cannot_be_fitted_is_a_score_with_its_reason() -> None:
    rows = two_clusters(n=9, gaps=0.0)
    found = swept(rows, (1, 12))
    assert [score.fitted is None for score in found] == [False, True, False, True]
    assert found[1].reason == "9 rows cannot determine 12 components"


def test_a_deadline_ends_the_work_and_keeps_what_was_done() -> None:
    rows = two_clusters(n=400)
    began = time.monotonic()
    told: list[Score] = []
    context = SweepContext(rows, OPTIONS, out_of_time=lambda: time.monotonic() > began + 0.2, hurried=True)
    scores = drive(Sweep(context, range(1, 40), ["full"], tell=told.append).run())
    assert time.monotonic() - began < 20.0
    done = [score.fitted for score in scores if score.fitted is not None]
    assert told and done and any(score.fitted is None for score in scores)


def test_out_of_time_no_replicate_and_no_simulated_table_is_begun() -> None:
    rows = two_clusters()
    scores = swept(rows, (1, 2))
    late = SweepContext(rows, OPTIONS, out_of_time=lambda: True)
    bootstrap = Bootstrap(late, scores, "bic", "best")
    bootstrap.run(3)
    assert (bootstrap.done, sum(bootstrap.wins.values())) == (0, 0)
    tests = RatioTests(late, replace(OPTIONS, covariance="diag"), [s for s in scores if s.covariance == "diag"])
    tests.run(3)
    assert tests.tests == []


def test_resampling_draws_as_many_rows_as_there_are_and_groups_as_a_whole() -> None:
    rows = two_clusters(gaps=0.0)
    drawn = resampled(rows, np.random.default_rng(1))
    assert drawn.sum() == rows.case_weights.sum() and (drawn == 0).any()
    groups = np.repeat(np.arange(12), 5)
    grouped = rows_of_arrays(rows.values, np.ones(60), rows.columns, groups=groups)
    times = resampled(grouped, np.random.default_rng(1)).reshape(12, 5)
    assert (times == times[:, :1]).all() and times.sum() == 60


def test_the_bootstrap_finds_two_clear_clusters_again_and_again() -> None:
    rows = two_clusters(240, weights=(1.0,), seed=6)
    scores = swept(rows)
    bootstrap, told = Bootstrap(SweepContext(rows, OPTIONS), scores, "bic", "best"), list[int]()
    bootstrap.run(8, told.append)
    assert told == [*range(1, 9)]
    assert sum(bootstrap.wins.values()) == bootstrap.done == 8
    assert sum(n for candidate, n in bootstrap.wins.items() if candidate.k == 2) >= 6


def test_the_likelihood_ratio_test_stops_at_the_true_number() -> None:
    rows = two_clusters(weights=(1.0,))
    scores = [score for score in swept(rows) if score.covariance == "spherical"]
    options = FitOptions(n_components=1, covariance="spherical", n_starts=1)
    tests = RatioTests(SweepContext(rows, options), options, scores)
    tests.run(19)
    first, second = tests.tests
    assert (first.k, first.larger, first.p_value) == (1, 2, 0.05)
    assert second.p_value is not None and second.p_value > 0.05


def test_a_simulated_table_has_the_holes_of_the_rows_and_a_row_per_unit_of_weight() -> None:
    rows = two_clusters(gaps=0.3)
    fitted = swept(rows, (2,))[0].fitted
    assert fitted is not None
    table = simulated(fitted.mixture, rows, np.random.default_rng(0))
    holes = np.repeat(np.isnan(rows.values[rows.used]), rows.case_weights[rows.used].astype(int), axis=0)
    assert np.array_equal(np.isnan(table), holes)
