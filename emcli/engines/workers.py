"""Whole jobs side by side: in processes of their own, since small fits hold the interpreter lock most of the time.

A worker is a fresh interpreter that reads pickled jobs from its standard input and writes answers to its standard
output.  It is started by hand and not by multiprocessing, so that a caller's main module is never imported a
second time (a script without a main guard works), nothing is forked while threads run, and closing the pipe is all
it takes to end it.  Which worker does what depends on the clock; what an answer is does not.
"""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from emcli.core.fit.options import Progress
from emcli.core.sweep.jobs import Job, Means, attempt
from emcli.core.sweep.rows import Rows
from emcli.engines.giving_back import give_back
from emcli.engines.threads import engine_for
from emcli.errors import EmcliError

MANY_CELLS = 2_000_000
"""Cells from which on chunks are spread over threads instead of candidates over processes (each has all rows)."""

ONE_THREAD = {name: "1" for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")}
PROGRAM = "import sys, json; sys.path[:] = json.loads(sys.argv[1]); from emcli.engines.worker import main; main()"


class OutOfTime(Exception):
    """The deadline has passed; the job has no answer."""


@dataclass(frozen=True)
class Answered:
    """A job's answer and how long it took; there is none for a job that the deadline cut short."""

    answer: Any
    seconds: float
    out_of_time: bool = False


def perform(job: Job, rows: Rows, means: Means) -> Answered:
    """Do a job in this process."""
    began = time.monotonic()
    try:
        answer = attempt(job, rows, means)
    except OutOfTime:
        return Answered(None, time.monotonic() - began, out_of_time=True)
    return Answered(answer, time.monotonic() - began)


def stop_at(deadline: float | None, parent: int | None = None) -> Callable[[Progress], None]:
    """A watcher of fits that raises OutOfTime after the deadline, and ends a worker whose parent has died."""

    def watch(_: Progress) -> None:
        if deadline is not None and time.monotonic() > deadline:
            raise OutOfTime
        if parent is not None and os.getppid() != parent:
            os._exit(1)

    return watch


class Workers(Protocol):
    """Somebody who does jobs on the rows they were made with."""

    @property
    def n(self) -> int:
        """How many jobs they do at a time."""

    def submit(self, job: Job) -> Future[Answered]: ...

    def close(self) -> None: ...


def workers_here(rows: Rows, n: int, deadline: float | None) -> Workers:
    """n processes where the rows are few enough that a fit cannot use threads; else this one, with n threads."""
    if n == 1 or rows.n_cells > MANY_CELLS or not rows.table.in_memory:
        return Inline(rows, Means(partial(engine_for, n_threads=n), stop_at(deadline)))
    return Processes(rows, n, deadline)


class Inline:
    """Jobs one after the other in this process; chunks may still be spread over threads."""

    n = 1

    def __init__(self, rows: Rows, means: Means) -> None:
        self._rows, self._means = rows, means

    def submit(self, job: Job) -> Future[Answered]:
        """The job is done before this returns."""
        future: Future[Answered] = Future()
        future.set_result(perform(job, self._rows, self._means))
        if not self._rows.table.in_memory:
            give_back()
        return future

    def close(self) -> None:
        """Nothing is held."""


class Processes:
    """n interpreters, each with its copy of the rows; a thread of this process waits for each."""

    def __init__(self, rows: Rows, n: int, deadline: float | None = None) -> None:
        self.n = n
        self._opening = pickle.dumps((rows, deadline), protocol=pickle.HIGHEST_PROTOCOL)
        self._pool = ThreadPoolExecutor(n, thread_name_prefix="emcli-worker")
        self._own = threading.local()
        self._lock = threading.Lock()
        self._started: list[subprocess.Popen[bytes]] = []
        self._closed = False

    def submit(self, job: Job) -> Future[Answered]:
        """Have the job done by the next worker that is free."""
        return self._pool.submit(self._ask, job)

    def close(self) -> None:
        """End the workers, also in the middle of a job."""
        with self._lock:
            self._closed = True
        self._pool.shutdown(wait=False, cancel_futures=True)
        for process in self._started:
            process.kill()
        for process in self._started:
            process.wait()
        self._pool.shutdown(wait=True)
        for process in self._started:
            for pipe in (process.stdin, process.stdout):
                with suppress(OSError):  # what was on its way to a worker that is gone
                    pipe.close()  # type: ignore[union-attr]

    def _ask(self, job: Job) -> Answered:
        try:
            process = self._process()
            assert process.stdin is not None and process.stdout is not None
            pickle.dump(job, process.stdin, protocol=pickle.HIGHEST_PROTOCOL)
            process.stdin.flush()
            answered: Answered = pickle.load(process.stdout)
        except (EOFError, BrokenPipeError, pickle.UnpicklingError) as problem:
            hint = "--threads 1 does everything in one process"
            raise EmcliError("a worker process ended before its work was done", hint=hint) from problem
        return answered

    def _process(self) -> subprocess.Popen[bytes]:
        """This thread's worker, started when it is first needed."""
        process: subprocess.Popen[bytes] | None = getattr(self._own, "process", None)
        if process is None:
            with self._lock:
                if self._closed:
                    raise EOFError
                process = _start()
                self._started.append(process)
            self._own.process = process
            assert process.stdin is not None
            process.stdin.write(self._opening)
        return process


def _start() -> subprocess.Popen[bytes]:
    """A worker; it looks for modules where this process does, and signals of the terminal do not reach it."""
    return subprocess.Popen(
        [sys.executable, "-P", "-c", PROGRAM, json.dumps(sys.path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, **ONE_THREAD},
        process_group=0,
    )
