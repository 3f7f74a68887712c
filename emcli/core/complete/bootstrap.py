"""Fits to resampled rows: how the uncertainty of the parameters gets into multiple imputation.

A completion drawn from the one best model pretends that its parameters are known.  A proper draw first draws the
parameters; here from the bootstrap (Honaker & King 2010): rows are resampled with replacement and the model is fitted
again, from the optimum of all rows, so that components keep their identity.  A resample that cannot be fitted, or
whose fit collapses or leans on the floor although that of all rows does not, is replaced by the next one.

Every resample has a generator of its own, so resamples can be fitted in any order and side by side.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from emcli.core.complete.completed_scale import CompletedScale
from emcli.core.complete.imputation import Imputer
from emcli.core.fit.fitted import Fitted
from emcli.core.fit.fitting import fit_blocks
from emcli.core.fit.options import FitOptions
from emcli.core.model.mixture import Mixture
from emcli.core.sweep.jobs import Means
from emcli.core.sweep.rows import Rows
from emcli.data.blocks import mapped, weighted
from emcli.data.table import FloatArray
from emcli.errors import CannotFit

MOST_TRIES = 20


@dataclass(frozen=True, eq=False)
class Draws:
    """Draws (sets, missing cells) of the missing cells in row order, all under one refitted mixture.

    rng  stands where the next set of draws begins, so that what is not drawn here can be drawn block by block
    """

    cells: FloatArray
    mixture: Mixture
    rng: np.random.Generator
    n_failed: int
    converged: bool


@dataclass(frozen=True, eq=False)
class DrawJob:
    """Draws of the missing cells of all rows under a mixture fitted to resampled rows.  -> Draws

    Rows are in data units; `best` is the fit of all rows, on the scale of the model; raises CannotFit if no
    resample can be fitted.
    """

    best: Fitted
    options: FitOptions
    scale: CompletedScale
    n_sets: int
    seed: np.random.SeedSequence
    rank: tuple[int, ...]

    def run(self, rows: Rows, means: Means) -> Draws:
        rng = np.random.default_rng(self.seed)
        fitted, n_failed = self.refit(rows, means, rng)
        sets = [] if self.n_sets == 0 else self.sets(Imputer(fitted.mixture, self.scale), rows.values, rng)
        return Draws(np.array(sets), fitted.mixture, rng, n_failed, fitted.converged)

    def sets(self, imputer: Imputer, values: FloatArray, rng: np.random.Generator) -> list[FloatArray]:
        """The missing cells of rows (n, d), drawn n_sets times."""
        n, d = values.shape
        return [imputer.drawn(values, rng.random((n, d + 2)))[np.isnan(values)] for _ in range(self.n_sets)]

    def refit(self, rows: Rows, means: Means, rng: np.random.Generator) -> tuple[Fitted, int]:
        """The fit of the first resample that can be fitted, and how many could not."""
        started = replace(self.options, init=self.best.mixture)
        values = mapped(rows.table, self.scale.inward)
        reason = "a component shrank onto a few rows every time"
        for n_failed in range(MOST_TRIES):
            weights = resampled(rows.case_weights, rng)
            try:
                fitted = fit_blocks(
                    weighted(values, weights),
                    started,
                    columns=rows.columns,
                    make_engine=means.make_engine,
                    watch=means.watch,
                )
            except CannotFit as problem:
                reason = problem.message
                continue
            if self.best.soundness.at_floor or not fitted.soundness.at_floor:
                return fitted, n_failed
        raise CannotFit(f"none of {MOST_TRIES} resamples of the rows could be fitted: {reason}")


def resampled(case_weights: FloatArray, rng: np.random.Generator) -> FloatArray:
    """How often each row (n,) counts after resampling: as many rows as there are, drawn with replacement."""
    total = float(case_weights.sum())
    n_drawn = max(round(total), 1)
    counts = rng.multinomial(n_drawn, case_weights / total)
    return np.asarray(counts * (total / n_drawn))
