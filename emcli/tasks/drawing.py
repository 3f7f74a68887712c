"""The draws of multiple imputation, each from a fit of its own, side by side on the cores."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from emcli.core.complete.bootstrap import DrawJob, Draws
from emcli.core.complete.completed_scale import CompletedScale
from emcli.core.fit.fitted import Fitted
from emcli.core.fit.options import FitOptions
from emcli.core.sweep.jobs import Failure, Means, portable
from emcli.core.sweep.rows import Rows
from emcli.engines.threads import engine_for
from emcli.engines.workers import Answered, Inline, Processes
from emcli.errors import CannotFit
from emcli.tasks.fit_notes import count

WORTH_PROCESSES = 1.0  # seconds of work left from which starting interpreters pays
DRAWS_KEY, CHECK_KEY = 1, 2  # places of these generators under the seed, apart from the search's


@dataclass(frozen=True)
class DrawsDone:
    """So many of the draws have been made."""

    done: int
    of: int


@dataclass(frozen=True, eq=False)
class Drawing:
    """What all draws have in common: the rows in data units, the fit of all of them, and how it was fitted."""

    rows: Rows
    best: Fitted
    options: FitOptions
    scale: CompletedScale
    n_threads: int

    def draws(
        self, n_draws: int, n_sets: int, key: int, watch: Callable[[DrawsDone], None] | None = None
    ) -> list[Draws]:
        """n_draws refits with n_sets draws of the missing cells from each; the same for any number of threads."""
        seeds = np.random.SeedSequence(self.options.seed, spawn_key=(key,)).spawn(n_draws)
        best = portable(self.best)
        jobs = [DrawJob(best, self.options, self.scale, n_sets, seed, (m,)) for m, seed in enumerate(seeds)]
        inline = Inline(self.rows, Means(partial(engine_for, n_threads=self.n_threads)))
        began = time.monotonic()
        answers = [_answer(inline.submit(jobs[0]).result())]
        left = (time.monotonic() - began) * (n_draws - 1)
        side_by_side = self.n_threads > 1 and left > WORTH_PROCESSES and self.rows.table.in_memory
        workers = Processes(self.rows, min(self.n_threads, n_draws - 1)) if side_by_side else inline
        try:
            # Inline work is done when it is submitted: not before the answers before it were told.
            pending = [workers.submit(job) for job in jobs[1:]] if side_by_side else None
            for m, job in enumerate(jobs[1:]):
                if watch is not None:
                    watch(DrawsDone(len(answers), n_draws))
                answers.append(_answer((pending[m] if pending else workers.submit(job)).result()))
        finally:
            workers.close()
        return answers


def _answer(answered: Answered) -> Draws:
    if isinstance(answered.answer, Failure):
        raise CannotFit(
            answered.answer.reason,
            hint="use fewer components or a simpler --covariance; without --draws no resamples are needed",
        )
    draws: Draws = answered.answer
    return draws


def notes_on_draws(draws: Sequence[Draws]) -> tuple[list[str], list[str]]:
    """Notes and warnings about the refits."""
    n_failed, n_short = sum(one.n_failed for one in draws), sum(not one.converged for one in draws)
    failed = f"{count(n_failed, 'resample')} of the rows could not be fitted: others took their place"
    short = f"{n_short} of {len(draws)} fits to resampled rows did not converge; raise --max-iter"
    return [failed] if n_failed else [], [short] if n_short else []
