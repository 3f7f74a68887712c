"""The pieces of work of a sweep: each a small picklable object that, given the rows, returns its answer.

What a job computes depends on the rows and on its own fields alone, never on when or where it runs: that is why the
number of workers cannot change a result.  A job that cannot be done returns a Failure with the reason; only a
program error raises.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Protocol

import numpy as np

from emcli.core.fit.fitted import Fitted
from emcli.core.fit.fitting import FitOptions, fit_blocks
from emcli.core.fit.options import Watch
from emcli.core.fit.problem import MakeEngine
from emcli.core.model.evaluation import evaluate
from emcli.core.model.mixture import Mixture
from emcli.core.sweep.kmeans_loss import Centres, kmeans
from emcli.core.sweep.rows import Rows, informative
from emcli.data.table import FloatArray
from emcli.errors import EmcliError

CHECK_STARTS = 1
"""Polished fresh starts beside given ones when a candidate is fitted to a replicate of the rows."""

STARTS_PER_CHECK = 4
"""Fresh starts on all rows for each one in a fold: four make the folds' share of the work about half."""


@dataclass(frozen=True)
class Failure:
    """Why a job has no answer, in one sentence."""

    reason: str


@dataclass(frozen=True)
class Means:
    """How a job may work: the engine for the chunks, and whom to tell of progress (who may stop it by raising)."""

    make_engine: MakeEngine
    watch: Watch | None = None


class Job(Protocol):
    """A piece of work; `rank` says what comes first where there is a choice (lowest)."""

    @property
    def rank(self) -> tuple[int, ...]: ...

    def run(self, rows: Rows, means: Means) -> Any: ...


def attempt(job: Job, rows: Rows, means: Means) -> Any:
    """The job's answer, or a Failure where the mathematics cannot give one."""
    try:
        return job.run(rows, means)
    except EmcliError as error:
        return Failure(error.message)
    except MemoryError:
        return Failure("out of memory")
    except (ArithmeticError, np.linalg.LinAlgError) as error:
        return Failure(f"the arithmetic broke down: {error}")


@dataclass(frozen=True, eq=False)
class FitJob:
    """A candidate fitted to all rows, from fresh starts and from smaller mixtures.  -> Fitted"""

    options: FitOptions
    also: tuple[Mixture, ...]
    rank: tuple[int, ...]

    def run(self, rows: Rows, means: Means) -> Fitted:
        fitted = fit_blocks(
            rows.table,
            self.options,
            columns=rows.columns,
            make_engine=means.make_engine,
            watch=means.watch,
            also=self.also,
        )
        return portable(fitted)


@dataclass(frozen=True, eq=False)
class Judged:
    """A mixture of the rows outside a fold, and the log densities (m,) it gives the rows inside."""

    mixture: Mixture
    log_density: FloatArray


@dataclass(frozen=True, eq=False)
class FoldJob:
    """A candidate fitted without one fold, and what that says about the fold's rows.  -> Judged

    The mixture of all rows is only one of the starts: whichever end is best *on the training rows* judges the fold.
    Were it the only one, an optimum that exists because of the rows held out would be carried into the fold, and
    the estimate would flatter.  Fresh starts, and the split of the same fold's fit for k - 1, know nothing of them.
    """

    fold: int
    whole: Mixture
    fewer: Mixture | None
    options: FitOptions
    rank: tuple[int, ...]

    def run(self, rows: Rows, means: Means) -> Judged:
        assert rows.folds is not None
        fitted = fit_blocks(
            rows.without(self.fold),
            replace(self.options, n_starts=max(1, self.options.n_starts // STARTS_PER_CHECK)),
            columns=rows.columns,
            make_engine=means.make_engine,
            watch=means.watch,
            also=(self.whole,) if self.fewer is None else (self.whole, self.fewer),
        )
        return Judged(fitted.mixture, rows.log_densities(fitted.mixture, rows.folds == self.fold))


@dataclass(frozen=True, eq=False)
class KMeansJob:
    """The k-means loss for k centres.  -> Centres"""

    k: int
    fewer: Centres | None
    options: FitOptions
    rank: tuple[int, ...]

    def run(self, rows: Rows, means: Means) -> Centres:
        return kmeans(rows, self.k, self.fewer, self.options, means.make_engine)


def judged_rows(mixture: Mixture, rows: Rows) -> FloatArray:
    """Log densities (m,) of the test rows that have an observed cell and count."""
    assert rows.test_values is not None and rows.test_weights is not None
    return evaluate(mixture, rows.test_values[informative(rows.test_values, rows.test_weights)]).log_density


def portable(fitted: Fitted) -> Fitted:
    """The fit without its trace, which cannot be pickled: it would carry all rows along."""
    return replace(fitted, path=_no_path)


_no_path: Callable[[], Any] = partial(iter, ())

__all__ = ["Failure", "FitJob", "FoldJob", "Job", "Judged", "KMeansJob", "Means", "attempt", "judged_rows", "portable"]
