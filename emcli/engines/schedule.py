"""Drives a plan of jobs that depend on each other: whatever is ready is handed out, lowest rank first."""

from __future__ import annotations

import heapq
import time
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from itertools import count
from typing import Any, Protocol, TypeVar

from emcli.core.sweep.jobs import Job
from emcli.engines.workers import Answered, Workers

E = TypeVar("E")


class Plan(Protocol[E]):
    """Jobs to begin with, and what becomes possible when one is answered."""

    def first(self) -> list[Job]: ...

    def take(self, job: Job, answer: Any, seconds: float) -> tuple[list[Job], list[E]]: ...


def drive(plan: Plan[E], workers: Workers, deadline: float | None = None) -> Iterator[E]:
    """Do all jobs of a plan and yield its events as they come; ends early when the deadline passes."""
    numbers = count()
    waiting: list[tuple[tuple[int, ...], int, Job]] = []
    running: dict[Future[Answered], Job] = {}

    def enqueue(jobs: list[Job]) -> None:
        for job in jobs:
            heapq.heappush(waiting, (job.rank, next(numbers), job))

    enqueue(plan.first())
    while waiting or running:
        while waiting and len(running) < workers.n and not _passed(deadline):
            job = heapq.heappop(waiting)[2]
            running[workers.submit(job)] = job
        left = None if deadline is None else max(deadline - time.monotonic(), 0.0)
        done, _ = wait(running, timeout=left, return_when=FIRST_COMPLETED)
        if not done and _passed(deadline):
            return
        for future in sorted(done, key=lambda one: running[one].rank):
            job, answered = running.pop(future), future.result()
            if answered.out_of_time:
                continue
            following, events = plan.take(job, answered.answer, answered.seconds)
            enqueue(following)
            yield from events


def _passed(deadline: float | None) -> bool:
    return deadline is not None and time.monotonic() >= deadline
