"""Fits to resampled rows: how the uncertainty of the parameters gets into multiple imputation.

A completion drawn from the one best model pretends that its parameters are known.  A proper draw first draws the
parameters; here from the bootstrap (Honaker & King 2010): rows are resampled with replacement and the model is fitted
again, from the optimum of all rows, so that components keep their identity.  A resample that cannot be fitted, or
whose fit collapses or leans on the floor although that of all rows does not, is replaced by the next one.

Every resample has a generator of its own, so resamples can be fitted in any order and side by side.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from emcli.core.fit_options import FitOptions
from emcli.core.fitted import Fitted
from emcli.core.fitting import fit_mixture
from emcli.core.mixture import Mixture
from emcli.data.table import FloatArray
from emcli.errors import CannotFit

MOST_TRIES = 20


@dataclass(frozen=True, eq=False)
class Refit:
    """A mixture fitted to resampled rows, the generator that goes on from there, and how many resamples failed."""

    mixture: Mixture
    rng: np.random.Generator
    n_failed: int
    converged: bool


def resampled(case_weights: FloatArray, rng: np.random.Generator) -> FloatArray:
    """How often each row (n,) counts after resampling: as many rows as there are, drawn with replacement."""
    total = case_weights.sum()
    n_drawn = max(int(round(total)), 1)
    counts = rng.multinomial(n_drawn, case_weights / total)
    return np.asarray(counts * (total / n_drawn))


def refit(
    values: FloatArray,
    case_weights: FloatArray,
    best: Fitted,
    options: FitOptions,
    columns: Sequence[str],
    seed: np.random.SeedSequence,
) -> Refit:
    """A fit to one resample, started from the best fit of all rows; raises CannotFit if no resample can be fitted."""
    rng = np.random.default_rng(seed)
    started = replace(options, init=best.mixture)
    failure: CannotFit | None = None
    for n_failed in range(MOST_TRIES):
        weights = resampled(case_weights, rng)
        try:
            fitted = fit_mixture(values, weights, started, columns=columns)
        except CannotFit as problem:
            failure = problem
            continue
        if fitted.soundness.at_floor and not best.soundness.at_floor:
            continue
        return Refit(fitted.mixture, rng, n_failed, fitted.converged)
    raise CannotFit(
        f"none of {MOST_TRIES} resamples of the rows could be fitted",
        detail=failure.message if failure is not None else "a component shrank onto a few rows every time",
        hint="use fewer components or a simpler --covariance; without --draws no resamples are needed",
    )
