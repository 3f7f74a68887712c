"""The draws of multiple imputation, each from a fit of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from emcli.core.complete import bootstrap
from emcli.core.complete.bootstrap import Draws
from emcli.core.complete.completed_scale import CompletedScale
from emcli.core.fit.fitted import Fitted
from emcli.core.fit.options import FitOptions
from emcli.core.sweep.context import SweepContext
from emcli.core.sweep.rows import Rows
from emcli.data.blocks import mapped
from emcli.engines.threads import engine_for
from emcli.errors import CannotFit
from emcli.tasks.fitting.fit_notes import count

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
        rows = Rows(mapped(self.rows.table, self.scale.inward), self.rows.columns)
        context = SweepContext(rows, self.options, partial(engine_for, n_threads=self.n_threads))
        drawing = bootstrap.Drawing(context, self.best, self.options, self.scale)
        tell = (lambda done: watch(DrawsDone(done, n_draws))) if watch is not None else (lambda done: None)
        try:
            return list(drawing.draws(self.rows.values if n_sets else None, seeds, n_sets, tell))
        except CannotFit as problem:
            hint = "use fewer components or a simpler --covariance; without --draws no resamples are needed"
            raise CannotFit(problem.message, hint=hint) from None


def notes_on_draws(draws: Sequence[Draws]) -> tuple[list[str], list[str]]:
    """Notes and warnings about the refits."""
    n_failed, n_short = sum(one.n_failed for one in draws), sum(not one.converged for one in draws)
    failed = f"{count(n_failed, 'resample')} of the rows could not be fitted: others took their place"
    short = f"{n_short} of {len(draws)} fits to resampled rows did not converge; raise --max-iter"
    return [failed] if n_failed else [], [short] if n_short else []
