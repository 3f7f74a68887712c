"""A sweep gives the same answers with any number of workers, and says what it could not do."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest

from emcli.core.fit.fitting import FitOptions
from emcli.core.rows.engine import Serial
from emcli.core.sweep.bootstrap import Bootstrap, resampled
from emcli.core.sweep.folds import fold_numbers
from emcli.core.sweep.jobs import Means
from emcli.core.sweep.likelihood_ratio import RatioTests, simulated
from emcli.core.sweep.rows import Rows, rows_of_arrays
from emcli.core.sweep.scores import Score
from emcli.core.sweep.sweep import Sweep
from emcli.engines.schedule import drive
from emcli.engines.workers import Inline, Processes, Workers, stop_at
from emcli.errors import EmcliError

OPTIONS = FitOptions(n_components=1, n_starts=2)


def two_clusters(n: int = 60, gaps: float = 0.1, weights: tuple[float, ...] = (1.0, 2.0)) -> Rows:
    rng = np.random.default_rng(5)
    values = rng.normal(size=(n, 2)) + np.where(np.arange(n) % 2, 6.0, 0.0)[:, None]
    values[rng.random((n, 2)) < gaps] = np.nan
    used = ~np.isnan(values).all(axis=1)
    return rows_of_arrays(values, rng.choice(weights, n), ("x", "y"), fold_numbers(used, 3, np.random.default_rng(0)))


def inline(rows: Rows) -> Workers:
    return Inline(rows, Means(Serial))


def swept(rows: Rows, workers: Workers, ks: tuple[int, ...] = (1, 2, 3)) -> list[Score]:
    sweep = Sweep(rows, ks, ["spherical", "diag"], OPTIONS)
    try:
        for _ in drive(sweep, workers):
            pass
    finally:
        workers.close()
    return sweep.scores()


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


def test_answers_do_not_depend_on_the_number_of_workers() -> None:
    rows = two_clusters()
    alone = [bits(score) for score in swept(rows, inline(rows))]
    for n in (1, 3):
        assert [bits(score) for score in swept(rows, Processes(rows, n))] == alone


def test_held_out_rows_are_judged_by_a_fit_without_them_and_weights_count() -> None:
    rows = two_clusters()
    for score in swept(rows, inline(rows), (2,)):
        assert score.held_out is not None and score.train_per_row is not None and score.fitted is not None
        assert score.held_out.per_row < score.train_per_row
        assert score.train_per_row == pytest.approx(score.fitted.log_likelihood / rows.total_weight)
        assert len(score.held_out.log_density) == rows.used.sum()


def test_a_candidate_that_cannot_be_fitted_is_a_score_with_its_reason() -> None:
    rows = two_clusters(n=9, gaps=0.0)
    found = swept(rows, inline(rows), (1, 12))
    assert [score.fitted is None for score in found] == [False, True, False, True]
    assert found[1].reason == "9 rows cannot determine 12 components"


def test_a_deadline_ends_the_work_and_keeps_what_was_done() -> None:
    rows = two_clusters(n=400)
    began = time.monotonic()
    deadline = began + 0.2
    workers = Inline(rows, Means(Serial, stop_at(deadline)))
    sweep = Sweep(rows, range(1, 40), ["full"], OPTIONS)
    done = list(drive(sweep, workers, deadline))
    assert done and any(score.fitted is None for score in sweep.scores())
    assert time.monotonic() - began < 20.0


def test_closing_ends_workers_in_the_middle_of_a_job() -> None:
    rows = two_clusters(n=4000)
    workers = Processes(rows, 2)
    futures = [workers.submit(job) for job in Sweep(rows, (8, 9), ["full", "tied", "diag"], OPTIONS).first()]
    time.sleep(0.1)
    workers.close()
    assert all(future.cancelled() or future.exception() or future.done() for future in futures)
    assert not [one for one in threading.enumerate() if one.name.startswith("emcli-worker")]
    with pytest.raises((EmcliError, RuntimeError)):
        workers.submit(Sweep(rows, (1,), ["full"], OPTIONS).first()[0]).result()


def test_resampling_draws_as_many_rows_as_there_are_and_groups_as_a_whole() -> None:
    rows = two_clusters(gaps=0.0)
    drawn = resampled(rows, np.random.default_rng(1))
    assert drawn.sum() == rows.case_weights.sum() and (drawn == 0).any()
    groups = np.repeat(np.arange(12), 5)
    grouped = rows_of_arrays(rows.values, np.ones(60), rows.columns, groups=groups)
    times = resampled(grouped, np.random.default_rng(1)).reshape(12, 5)
    assert (times == times[:, :1]).all() and times.sum() == 60


def test_the_bootstrap_finds_two_clear_clusters_again_and_again() -> None:
    rows = two_clusters(120, weights=(1.0,))
    scores = swept(rows, inline(rows))
    bootstrap = Bootstrap(scores, OPTIONS, "bic", "best", 8)
    for _ in drive(bootstrap, inline(rows)):
        pass
    assert sum(bootstrap.wins.values()) == bootstrap.done == 8
    assert sum(n for candidate, n in bootstrap.wins.items() if candidate.k == 2) >= 6


def test_the_likelihood_ratio_test_stops_at_the_true_number() -> None:
    rows = two_clusters(weights=(1.0,))
    scores = [score for score in swept(rows, inline(rows)) if score.covariance == "spherical"]
    tests = RatioTests(scores, FitOptions(n_components=1, covariance="spherical", n_starts=1), n_tables=19)
    for _ in drive(tests, inline(rows)):
        pass
    first, second = tests.tests
    assert (first.k, first.larger, first.p_value) == (1, 2, 0.05)
    assert second.p_value is not None and second.p_value > 0.05


def test_a_simulated_table_has_the_holes_of_the_rows_and_a_row_per_unit_of_weight() -> None:
    rows = two_clusters(gaps=0.3)
    fitted = swept(rows, inline(rows), (2,))[0].fitted
    assert fitted is not None
    table = simulated(fitted.mixture, rows, np.random.default_rng(0))
    holes = np.repeat(np.isnan(rows.values[rows.used]), rows.case_weights[rows.used].astype(int), axis=0)
    assert np.array_equal(np.isnan(table), holes)
