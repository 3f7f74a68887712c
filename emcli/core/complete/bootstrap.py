"""Fits to resampled rows: how the uncertainty of the parameters gets into multiple imputation.

A completion drawn from the one best model pretends that its parameters are known.  A proper draw first draws the
parameters; here from the bootstrap (Honaker & King 2010): rows are resampled with replacement and the model is fitted
again, from the optimum of all rows, so that components keep their identity.  A resample that cannot be fitted, or
whose fit collapses or leans on the floor although that of all rows does not, is replaced by the next one.

Every draw has a generator of its own, and what it gets does not depend on the others; yet all refits share passes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from emcli.core.complete.completed_scale import CompletedScale
from emcli.core.complete.imputation import Imputer
from emcli.core.fit.asking import Asking, drive, together
from emcli.core.fit.fitted import Fitted
from emcli.core.fit.fitting import Fit
from emcli.core.fit.options import FitOptions
from emcli.core.model.mixture import Mixture
from emcli.core.sweep.context import SweepContext
from emcli.core.sweep.replicates import Group, groups
from emcli.data.rows import FloatArray
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


@dataclass(eq=False)
class Refit:
    """A draw on its way: its random numbers, how many resamples could not be fitted, and why the last one."""

    rng: np.random.Generator
    n_failed: int = 0
    reason: str = "a component shrank onto a few rows every time"
    fitted: Fitted | None = None


@dataclass(frozen=True, eq=False)
class Drawing:
    """What all draws have in common.

    context  the rows on the scale of the model, and how they were fitted
    best     the fit of all rows, on that scale
    """

    context: SweepContext
    best: Fitted
    options: FitOptions
    scale: CompletedScale

    def draws(
        self,
        values: FloatArray | None,
        seeds: Sequence[np.random.SeedSequence],
        n_sets: int,
        tell: Callable[[int], None] = lambda done: None,
    ) -> Iterator[Draws]:
        """Draws from one refit for each seed; n_sets of the missing cells of the values (n, d), data units, from each.

        Raises CannotFit if no resample of a draw can be fitted.  `tell` hears how many refits are done.
        """
        refits = [Refit(np.random.default_rng(seed)) for seed in seeds]
        waiting = refits
        for _ in range(MOST_TRIES):
            self._try(waiting, lambda: tell(sum(one.fitted is not None for one in refits)))
            waiting = [one for one in waiting if one.fitted is None]
            if not waiting:
                break
        else:
            raise CannotFit(f"none of {MOST_TRIES} resamples of the rows could be fitted: {waiting[0].reason}")
        for refit in refits:
            assert refit.fitted is not None
            mixture = refit.fitted.mixture
            sets = [] if values is None else drawn(Imputer(mixture, self.scale), values, n_sets, refit.rng)
            yield Draws(np.array(sets), mixture, refit.rng, refit.n_failed, refit.fitted.converged)

    def _try(self, refits: Sequence[Refit], done: Callable[[], None]) -> None:
        """One more resample for each of the draws."""
        weights = self.context.rows.case_weights
        counts = (resampled(weights, refit.rng) for refit in refits)
        for group in groups(self.context, self.options.n_components, counts):
            some = [refits[i] for i in group.replicates]
            drive(together([self._fitted(group, at, refit) for at, refit in enumerate(some)]))
            done()

    def _fitted(self, group: Group, at: int, refit: Refit) -> Asking[None]:
        """The fit of a draw to its resample, from the optimum of all rows, unless it cannot be had."""
        options = replace(self.options, init=self.best.mixture)
        try:
            fitted = yield from Fit(group.problem, options, self.context.watch, counting=group.numbers[at]).run()
        except CannotFit as problem:
            refit.n_failed, refit.reason = refit.n_failed + 1, problem.message
            return
        if self.best.soundness.at_floor or not fitted.soundness.at_floor:
            refit.fitted = fitted
        else:
            refit.n_failed += 1


def drawn(imputer: Imputer, values: FloatArray, n_sets: int, rng: np.random.Generator) -> list[FloatArray]:
    """The missing cells of rows (n, d), drawn n_sets times."""
    n, d = values.shape
    return [imputer.drawn(values, rng.random((n, d + 2)))[np.isnan(values)] for _ in range(n_sets)]


def resampled(case_weights: FloatArray, rng: np.random.Generator) -> FloatArray:
    """How often each row (n,) counts after resampling: as many rows as there are, drawn with replacement."""
    total = float(case_weights.sum())
    n_drawn = max(round(total), 1)
    counts = rng.multinomial(n_drawn, case_weights / total)
    return np.asarray(counts * (total / n_drawn))
