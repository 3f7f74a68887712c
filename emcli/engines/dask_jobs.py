"""Whole jobs on the workers of a cluster: each worker has a copy of the rows, sent once, and does one job a thread.

What a job answers depends on the rows and on itself alone, so neither the number of workers nor who does what changes
anything; a job whose worker dies is done by another.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from distributed import get_worker

from emcli.core.fit.options import Progress
from emcli.core.rows.engine import Serial
from emcli.core.sweep.jobs import Job, Means
from emcli.core.sweep.rows import Rows
from emcli.engines.dask import Cluster, Kept
from emcli.engines.workers import Answered, OutOfTime, perform, stop_at

MOST = 512  # jobs asked for at a time
NEWS = 1.0  # seconds for which the number of workers is taken as known


class Jobs:
    """See `workers.Workers`; a thread of this process waits for each job."""

    def __init__(self, cluster: Cluster, rows: Rows, deadline: float | None) -> None:
        self._cluster, self._deadline = cluster, deadline
        self._rows = cluster.hold("rows", kept_rows, [rows])
        self._pool = ThreadPoolExecutor(MOST, thread_name_prefix="emcli-job")
        self._waiting: dict[Job, list[Any]] = {}
        self._asked = (0, -NEWS)

    @property
    def n(self) -> int:
        """Jobs that can be done at a time by the workers there are now."""
        known, since = self._asked
        now = time.monotonic()
        if now - since > NEWS:
            known = min(max(self._cluster.n_threads, 1), MOST)
            self._asked = (known, now)
        return known

    def submit(self, job: Job) -> Future[Answered]:
        """Have the job done by a worker that is free."""
        return self._pool.submit(self._ask, job)

    def _ask(self, job: Job) -> Answered:
        left = None if self._deadline is None else self._deadline - time.monotonic()
        word = type(job).__name__.lower()
        held = self._cluster.hold(word, Doing(job, left), self._rows)
        self._waiting[job] = held
        try:
            answered: Answered = self._cluster.results(held)[0]
        finally:
            del self._waiting[job]
        return answered

    def close(self) -> None:
        """Cancel what is not done; a worker in the middle of a job ends it at its next step."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._cluster.cancel([handle for held in list(self._waiting.values()) for handle in held])
        self._pool.shutdown(wait=True)


def kept_rows(rows: Rows) -> Kept:
    """The rows as a worker keeps them."""
    return Kept([rows], 8 * (rows.n_cells + rows.n))


@dataclass(frozen=True, eq=False)
class Doing:
    """A job, and how many seconds are left for it."""

    job: Job
    seconds: float | None

    def __call__(self, kept: Kept) -> Answered:
        deadline = None if self.seconds is None else time.monotonic() + self.seconds
        return perform(self.job, kept.items[0], Means(Serial, unless_cancelled(stop_at(deadline))))


def unless_cancelled(watch: Callable[[Progress], None]) -> Callable[[Progress], None]:
    """The watcher, which raises OutOfTime too when nobody waits for this task any more."""
    worker = get_worker()
    key, tasks = worker.get_current_task(), worker.state.tasks

    def look(progress: Progress) -> None:
        task: Any = tasks.get(key)
        if task is None or task.state == "cancelled":
            raise OutOfTime
        watch(progress)

    return look
