"""Whole jobs on the workers of a cluster: they end when nobody waits for them, or when their time is up."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("distributed", reason="the cluster needs dask: pip install 'emcli[dask]'")

from emcli.core.fit.options import FitOptions
from emcli.core.sweep.jobs import FitJob
from emcli.core.sweep.rows import Rows, rows_of_arrays
from emcli.engines.dask import Cluster, cluster
from emcli.engines.dask_jobs import Jobs

pytestmark = pytest.mark.slow

ENDLESS = FitOptions(4, n_starts=1, tolerance=1e-300, max_iterations=10**9, accelerate="none", stop="params")


@pytest.fixture
def workers(scheduler: Path) -> Iterator[Cluster]:
    with cluster(None, str(scheduler), 0) as found:
        yield found


@pytest.fixture
def rows() -> Rows:
    values = np.random.default_rng(1).normal(size=(2000, 3))
    return rows_of_arrays(values, np.ones(2000), ("a", "b", "c"))


def endless(number: int) -> FitJob:
    return FitJob(ENDLESS, (), (number,))


def test_a_worker_ends_a_job_that_nobody_waits_for(workers: Cluster, rows: Rows) -> None:
    jobs = Jobs(workers, rows, None)
    assert jobs.n == 2
    answers = [jobs.submit(endless(number)) for number in range(3)]
    time.sleep(1.0)
    assert not any(answer.done() for answer in answers)
    jobs.close()
    assert workers.ask("length", len, [[1], [1, 2], [1, 2, 3]]) == [1, 2, 3]  # would wait behind them for ever


def test_a_job_ends_without_an_answer_when_its_time_is_up(workers: Cluster, rows: Rows) -> None:
    jobs = Jobs(workers, rows, time.monotonic() + 0.3)
    answered = jobs.submit(endless(0)).result(timeout=20)
    assert answered.out_of_time
    assert answered.answer is None
    jobs.close()
