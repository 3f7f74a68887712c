"""One candidate on one set of rows: a number of components, a covariance model, all rows or those outside a fold.

A cell searches like any fit, in steps that the sweep calls, so that all cells take each step together: fresh starts,
then rounds of groupings that other cells found and of moves from its own best, then the finish.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property, partial

from emcli.core.fit.asking import Asking, together
from emcli.core.fit.fitting import Fit
from emcli.core.fit.moves import grown, moved, shrunk, taken_over
from emcli.core.fit.search import SAME, Audit, ClimbPath, LocalOptimum, Search, Start, distinct, preferred
from emcli.core.fit.stopping import StopReason
from emcli.core.model.mixture import Collapsed
from emcli.data.rows import FloatArray

FEWEST_KEPT = 2  # short runs that climb on in every step
GOING_ON = 3  # paths that go on from round to round
ROUND_LIMIT = 20  # passes of a climb in a round: a few long climbs would keep all others waiting
FINALISTS = 2
SHORT = 4  # passes of a short run
SPLITS = 2  # ways in which a grouping of one component less is split


class Cell:
    """The search of one candidate, and what it has found so far."""

    def __init__(self, fit: Fit, n_starts: int) -> None:
        self.fit, self.n_starts = fit, n_starts
        self.reason = ""

    @cached_property
    def search(self) -> Search:
        found = self.fit.search(self.fit.searched)
        found.rules = replace(found.rules, round_limit=ROUND_LIMIT, finalists=FINALISTS, short=SHORT)
        return found

    @property
    def k(self) -> int:
        return self.fit.options.n_components

    @property
    def kept(self) -> int:
        return max(FEWEST_KEPT, self.n_starts // 2)

    @property
    def best(self) -> LocalOptimum | None:
        """The preferred end so far."""
        return preferred(self.search.ends) if self.search.ends else None

    def fresh(self, given: Sequence[FloatArray] = ()) -> Asking[None]:
        """Starts that know nothing, and thetas that are given."""
        k, n = self.k, 1 if self.k == 1 else self.n_starts
        starts = [*self.search.clustered(k), *self.search.fresh(n, k)]
        yield from self.search.round(starts, self.kept, [ClimbPath(theta) for theta in given])

    def improved(
        self, equal: Sequence[FloatArray], fewer: FloatArray | None, more: FloatArray | None, n_moves: int
    ) -> Asking[bool]:
        """A round of starts from groupings (k, n) that other cells found, and of moves from the own best; what the last
        round cut short climbs on beside them.  Whether something better was found."""
        context, rng, before = self.fit.searched, self.search.rng, self.best
        starts: list[Start] = [partial(taken_over, context, grouping) for grouping in equal]
        if fewer is not None:
            starts += [partial(grown, context, fewer, rng)] * SPLITS
        if more is not None:
            starts.append(partial(shrunk, context, more, rng))
        if before is not None and self.k > 1:
            starts += [partial(moved, context, before.theta, before.responsibilities, rng)] * n_moves
        yield from self.search.round(starts, self.kept, self.unfinished())
        after = self.best
        if before is None or after is None:
            return after is not None
        return after.log_likelihood > before.log_likelihood + SAME

    def unfinished(self) -> list[ClimbPath]:
        """The paths that a round's limit cut short and that are worth going on with: the best ones."""
        waiting = [end for end in distinct(self.search.ends) if end.outcome.reason is StopReason.MAX_ITERATIONS]
        paths = [end.path for end in waiting if id(end.path) not in self._went_on][:GOING_ON]
        self._went_on |= {id(path) for path in paths}
        return paths

    @cached_property
    def _went_on(self) -> set[int]:
        return set()

    def finished(self) -> Asking[tuple[list[LocalOptimum], Audit] | None]:
        """The best ends on all rows, climbed to the final tolerance; None, with a reason, where there is none."""
        try:
            ends, audit = yield from self.search.finished()
            if self.fit.searched is not self.fit.everything:
                ends = yield from self.fit.carried(ends)
        except Collapsed as error:
            self.reason = f"no start reached a mixture of {self.k} components: {error}"
            return None
        return ends, audit


def all_of(cells: Sequence[Cell], step: Callable[[Cell], Asking[object]]) -> Asking[None]:
    """A step of all cells, side by side."""
    yield from together([step(cell) for cell in cells])
