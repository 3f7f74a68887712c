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
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from emcli.core.describe.criteria import Criteria
from emcli.core.fit.asking import Asking, drive, together
from emcli.core.fit.fitted import Fitted
from emcli.core.model.mixture import Collapsed
from emcli.core.sweep.cells import Cell
from emcli.core.sweep.choice import CRITERIA, RULES, ranked
from emcli.core.sweep.context import SweepContext
from emcli.core.sweep.heldout import HeldOut
from emcli.core.sweep.replicates import Group, groups
from emcli.core.sweep.rows import Rows
from emcli.core.sweep.scores import Candidate, Score
from emcli.data.rows import FloatArray
from emcli.errors import CannotFit

PURPOSE = 1  # tells the random numbers of the bootstrap apart from those of other purposes
CHECK_STARTS = 1  # fresh starts beside the fit of all rows when a candidate is fitted to a replicate
AT_ONCE = 1000  # fits that go on side by side


@dataclass(eq=False)
class Bootstrap:
    """Replicates of a choice among the candidates that were fitted, by a criterion and a rule.

    done, wins  how many replicates there were, and how often each candidate won among them
    """

    context: SweepContext
    scores: Sequence[Score]
    criterion: str
    rule: str
    done: int = 0
    wins: Counter[Candidate] = field(default_factory=Counter)

    def run(self, n_replicates: int, tell: Callable[[int], None] = lambda done: None) -> None:
        """Repeat the choice; `tell` hears how many replicates are done.  Ends early when there is no time left."""
        candidates = [score for score in self.scores if score.fitted is not None]
        most = max((score.k for score in candidates), default=1)
        for group in groups(self.context, most, self._counts(n_replicates)):
            if self.context.out_of_time():
                return
            tables = [self._choice(group, at, candidates) for at in range(len(group.numbers))]
            for winner in drive(together(tables, max(1, AT_ONCE // max(len(candidates), 1)))):
                self.done += 1
                if winner is not None:
                    self.wins[winner] += 1
                tell(self.done)

    def _counts(self, n_replicates: int) -> Iterator[FloatArray]:
        seed = self.context.options.seed
        for number in range(n_replicates):
            yield resampled(self.context.rows, np.random.default_rng([seed, PURPOSE, number]))

    def _choice(self, group: Group, at: int, candidates: Sequence[Score]) -> Asking[Candidate | None]:
        """The candidate that wins in one replicate; None if none could be fitted."""
        found = yield from together([self._scored(group, at, score) for score in candidates])
        order = ranked([score for score in found if score is not None], CRITERIA[self.criterion])
        return RULES[self.rule](order).candidate if order else None

    def _scored(self, group: Group, at: int, score: Score) -> Asking[Score | None]:
        """One candidate fitted to a replicate, judged where needed by the rows that it left out."""
        assert score.fitted is not None
        rows, drawn = self.context.rows, group.counts[at]
        try:
            fit = self.context.fit(group.problem, score.candidate, group.numbers[at])
            cell = Cell(fit, CHECK_STARTS)
            yield from cell.fresh([group.problem.settled(score.fitted.mixture, fit.model)[0]])
            ended = yield from cell.finished()
            if ended is None:
                return None
            fitted = yield from fit.answer(*ended)
        except (CannotFit, Collapsed, ArithmeticError, np.linalg.LinAlgError):
            return None
        left = rows.used & (drawn == 0.0)
        held_out = None
        if self.criterion == "heldout" and left.any():
            among = None if rows.groups is None else rows.groups[left]
            held_out = HeldOut(rows.log_densities(fitted.mixture, left), rows.case_weights[left], among)
        return Score(score.candidate, corrected(fitted), held_out=held_out)


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
