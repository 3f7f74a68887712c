"""How sure a choice is: the choice repeated on rows drawn again from the rows, with replacement.

Every replicate draws as many rows (or groups) as there are, fits all candidates from their mixtures of all rows,
checked against fresh starts, and chooses by the same criterion.  How often each candidate wins says how much the
choice hangs on these rows.  A row drawn m times counts m times; for the held-out criterion the rows that were not
drawn, about 37 %, are the ones that judge, since a row drawn twice must not both teach and judge.

The other criteria need a correction.  To a replicate the rows themselves are the truth, with every accident that
made the larger model fit them better, and a fit to the replicate gains on top of that what any fit gains on the rows
it was made from.  So -2 log L is lower than on the rows by p on average, once more than the criterion allows for,
and large k would win too often (three components for two clear clusters in half of the replicates, where one in
twenty is right).  Adding p puts the replicates around the value on the rows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from emcli.core.describe.criteria import Criteria
from emcli.core.fit.fitted import Fitted
from emcli.core.fit.fitting import FitOptions, fit_blocks
from emcli.core.sweep.choice import CRITERIA, RULES, ranked
from emcli.core.sweep.heldout import HeldOut
from emcli.core.sweep.jobs import CHECK_STARTS, Job, Means, portable
from emcli.core.sweep.rows import Rows
from emcli.core.sweep.scores import Candidate, Score
from emcli.data.blocks import weighted
from emcli.data.table import FloatArray
from emcli.errors import CannotFit

PURPOSE = 1  # tells the random numbers of the bootstrap apart from those of other purposes


@dataclass(frozen=True, eq=False)
class ResampleJob:
    """One replicate of the choice.  -> Candidate that won, or None if none could be fitted"""

    number: int
    candidates: tuple[Score, ...]
    options: FitOptions
    criterion: str
    rule: str
    rank: tuple[int, ...]

    def run(self, rows: Rows, means: Means) -> Candidate | None:
        drawn = resampled(rows, np.random.default_rng([self.options.seed, PURPOSE, self.number]))
        found = [score for one in self.candidates if (score := self.scored(one, rows, drawn, means)) is not None]
        order = ranked(found, CRITERIA[self.criterion])
        return RULES[self.rule](order).candidate if order else None

    def scored(self, score: Score, rows: Rows, drawn: FloatArray, means: Means) -> Score | None:
        """One candidate fitted to the rows drawn, judged where needed by those left out."""
        assert score.fitted is not None
        options = replace(self.options, n_components=score.k, covariance=score.covariance, n_starts=CHECK_STARTS)
        try:
            fitted = fit_blocks(
                weighted(rows.table, drawn),
                options,
                columns=rows.columns,
                make_engine=means.make_engine,
                watch=means.watch,
                also=(score.fitted.mixture,),
            )
        except (CannotFit, ArithmeticError, np.linalg.LinAlgError):
            return None
        left = rows.used & (drawn == 0.0)
        held_out = None
        if self.criterion == "heldout" and left.any():
            groups = None if rows.groups is None else rows.groups[left]
            held_out = HeldOut(rows.log_densities(fitted.mixture, left), rows.case_weights[left], groups)
        return Score(score.candidate, corrected(portable(fitted)), held_out=held_out)


def corrected(fitted: Fitted) -> Fitted:
    """The fit to a replicate with p added to its criteria; see the module's docstring."""
    p, old = fitted.n_parameters, fitted.criteria
    return replace(fitted, criteria=Criteria(bic=old.bic + p, aic=old.aic + p, icl=old.icl + p))


def resampled(rows: Rows, rng: np.random.Generator) -> FloatArray:
    """How often each row (n,) counts when as many rows, or groups, are drawn with replacement.

    A row of weight w stands for w equal rows: it is drawn with probability in proportion to w.
    """
    weights = np.where(rows.used, rows.case_weights, 0.0)
    if rows.groups is not None:
        names, members = np.unique(rows.groups, return_inverse=True)
        alive = np.bincount(members, weights=weights) > 0.0
        chosen = np.flatnonzero(alive)[rng.integers(alive.sum(), size=int(alive.sum()))]
        return np.asarray(np.bincount(chosen, minlength=len(names))[members] * weights)
    n = max(round(float(weights.sum())), 1)
    return np.asarray(rng.multinomial(n, weights / weights.sum()), dtype=np.float64)


class Bootstrap:
    """B replicates of a choice among the candidates that were fitted."""

    def __init__(
        self, scores: Sequence[Score], options: FitOptions, criterion: str, rule: str, n_replicates: int
    ) -> None:
        self._candidates = tuple(score for score in scores if score.fitted is not None)
        self._options, self._criterion, self._rule = options, criterion, rule
        self.n_replicates = n_replicates
        self.done = 0
        self.wins: Counter[Candidate] = Counter()

    def first(self) -> list[Job]:
        return [
            ResampleJob(i, self._candidates, self._options, self._criterion, self._rule, (i,))
            for i in range(self.n_replicates)
        ]

    def take(self, job: Job, answer: Any, seconds: float) -> tuple[list[Job], list[int]]:
        """Count the winner; the event is the number of replicates done."""
        self.done += 1
        if isinstance(answer, Candidate):
            self.wins[answer] += 1
        return [], [self.done]
