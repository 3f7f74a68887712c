"""All candidates of a sweep, searched side by side: what one finds is a start for the others, and all share passes.

Every candidate begins with starts of its own.  Then groupings are exchanged: the best of each covariance model is a
start for the other models of as many components, split for one component more, merged for one less; two or three
rounds of that bring what a long search of every candidate by itself brings.  Moves from the own best end the search.

Held-out rows are judged by fits that do not know them.  A fold searches for itself, with the fit of all rows as one
more start; whichever end is best *on the training rows* judges.  Were the fit of all rows its only start, an optimum
that exists because of the rows held out would be carried into the fold, and the estimate would flatter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from emcli.core.fit.asking import Asking, together
from emcli.core.fit.fitted import Fitted
from emcli.core.fit.problem import Problem
from emcli.core.fit.search import LocalOptimum
from emcli.core.fit.stopping import StopReason
from emcli.core.fit.tracing import TracePoint
from emcli.core.model.mixture import Mixture
from emcli.core.passes.case_weights import CaseWeights, Folds
from emcli.core.passes.evaluation import evaluate
from emcli.core.sweep.cells import Cell, all_of
from emcli.core.sweep.context import SweepContext
from emcli.core.sweep.heldout import HeldOut
from emcli.core.sweep.kmeans_loss import Centres, losses
from emcli.core.sweep.rows import informative
from emcli.core.sweep.scores import Candidate, Score
from emcli.data.rows import FloatArray
from emcli.errors import CannotFit, EmcliError

ROUNDS = 6  # in which groupings go from candidate to candidate, at most
MOVES = 6  # moves from its own best that a candidate makes in a round
HURRIED = 8  # candidates at a time where time may run out
ALL_MOVES = 150  # of all candidates together at least: few of them search longer
NEIGHBOURS = 2  # covariance models from which a candidate takes groupings in a round
FOLD_STARTS = 2  # fresh starts of a fold, beside Ward's and the fit of all rows

Tell = Callable[[Score], None]


class Sweep:
    """The candidates ks x covariances.

    compare_kmeans  whether the k-means loss is computed beside them
    tell            hears of every score when it becomes known, and again when rows held out have judged it
    """

    def __init__(
        self,
        context: SweepContext,
        ks: Sequence[int],
        covariances: Sequence[str],
        *,
        compare_kmeans: bool = True,
        tell: Tell = lambda score: None,
    ) -> None:
        self.context, self.tell, self.compare_kmeans = context, tell, compare_kmeans
        self.ks, self.covariances = sorted(set(ks)), list(dict.fromkeys(covariances))
        rows = context.rows
        self.n_folds = 0 if rows.folds is None else int(rows.folds.max()) + 1
        self.losses: dict[int, float] = {}
        self._scores = {
            candidate: Score(candidate)
            for place, covariance in enumerate(self.covariances)
            for k in self.ks
            for candidate in (Candidate(k, covariance, place),)
        }

    def run(self) -> Asking[list[Score]]:
        """The scores, in the order of the table."""
        try:
            problem = self.context.problem(max(self.ks), self._folds())
        except EmcliError as error:
            for candidate in self._scores:
                self._failed(candidate, error.message)
            return self.scores()
        beside = [self._kmeans(problem)] if self.compare_kmeans else []
        yield from together([self._fitted(problem), *beside])
        return self.scores()

    def scores(self) -> list[Score]:
        """The scores so far, in the order of the table."""
        found = [replace(score, kmeans_loss=self.losses.get(score.k)) for score in self._scores.values()]
        return sorted(found, key=lambda score: score.candidate.order)

    def _folds(self) -> CaseWeights | None:
        rows = self.context.rows
        return None if rows.folds is None else Folds(rows.folds[rows.used])

    def _failed(self, candidate: Candidate, reason: str) -> None:
        score = self._scores[candidate] = replace(self._scores[candidate], reason=reason)
        self.tell(score)

    def _fitted(self, problem: Problem) -> Asking[None]:
        """All candidates fitted to all rows, then judged by folds."""
        for wave in self._waves():
            if self.context.out_of_time():
                return
            cells = {candidate: cell for candidate in wave if (cell := self._cell(problem, candidate)) is not None}
            yield from searched(cells)
            yield from together([self._scored(candidate, cell) for candidate, cell in cells.items()])
            if self.n_folds and not self.context.out_of_time():
                yield from self._judged(problem, cells)

    def _waves(self) -> list[list[Candidate]]:
        """The candidates that search side by side: all of them, or few at a time where time may run out."""
        order = sorted(self._scores, key=lambda one: (one.k, one.place))
        size = max(HURRIED, len(self.covariances)) if self.context.hurried else max(len(order), 1)
        return [order[begin : begin + size] for begin in range(0, len(order), size)]

    def _cell(self, problem: Problem, candidate: Candidate) -> Cell | None:
        try:
            fit = self.context.fit(problem, candidate)
        except (CannotFit, ArithmeticError, np.linalg.LinAlgError) as error:
            self._failed(candidate, getattr(error, "message", None) or f"the arithmetic broke down: {error}")
            return None
        return Cell(fit, self.context.options.n_starts)

    def _scored(self, candidate: Candidate, cell: Cell) -> Asking[None]:
        """The answer of a cell that has searched."""
        found = yield from cell.finished()
        if found is None:
            self._failed(candidate, cell.reason)
            return
        cut_short = found[0][0].outcome.reason is StopReason.TIME_BUDGET
        if cut_short and any(score.fitted is not None for score in self._scores.values()):
            return  # what was cut short is not compared with what was not
        fitted = yield from cell.fit.answer(*found)
        rows = self.context.rows
        score = self._scores[candidate] = replace(
            self._scores[candidate],
            fitted=portable(fitted),
            train_per_row=fitted.log_likelihood / rows.total_weight,
            held_out=self._tested(fitted),
        )
        self.tell(score)

    def _tested(self, fitted: Fitted) -> HeldOut | None:
        rows = self.context.rows
        if rows.test_values is None or rows.test_weights is None:
            return None
        judged = informative(rows.test_values, rows.test_weights)
        return HeldOut(evaluate(fitted.mixture, rows.test_values[judged]).log_density, rows.test_weights[judged])

    def _judged(self, problem: Problem, whole: dict[Candidate, Cell]) -> Asking[None]:
        """Every candidate fitted again without each fold."""
        folds: dict[int, dict[Candidate, Cell]] = {}
        for fold in range(self.n_folds):
            folds[fold] = {
                candidate: Cell(replace(cell.fit, counting=fold + 1), FOLD_STARTS)
                for candidate, cell in whole.items()
                if self._scores[candidate].fitted is not None
            }
        ready = yield from together([self._fold(cells, whole) for cells in folds.values()])
        for candidate in whole:
            if self._scores[candidate].fitted is not None:
                self._take_folds(problem, candidate, [found[candidate] for found in ready])

    def _fold(
        self, cells: dict[Candidate, Cell], whole: dict[Candidate, Cell]
    ) -> Asking[dict[Candidate, tuple[Cell, LocalOptimum | None]]]:
        """The candidates searched without one fold, each with the fit of all rows as one of its starts."""
        yield from together([cell.fresh(thetas_of(whole[one])) for one, cell in cells.items()])
        yield from improved(cells, 1, 0)
        finished = yield from together([cell.finished() for cell in cells.values()])
        return {
            candidate: (cell, None if found is None else found[0][0])
            for (candidate, cell), found in zip(cells.items(), finished, strict=True)
        }

    def _take_folds(
        self, problem: Problem, candidate: Candidate, found: Sequence[tuple[Cell, LocalOptimum | None]]
    ) -> None:
        """What the fits without each fold say of its rows."""
        rows = self.context.rows
        assert rows.folds is not None
        densities, score = np.zeros(rows.n), self._scores[candidate]
        for fold, (cell, end) in enumerate(found):
            if end is None:
                reason = score.reason or f"without fold {fold + 1}: {cell.reason}"
                self._scores[candidate] = replace(score, reason=reason)
                self.tell(self._scores[candidate])
                return
            inside = rows.folds == fold
            densities[inside] = rows.log_densities(problem.outward(end.mixture), inside)
        used = rows.folds >= 0
        groups = None if rows.groups is None else rows.groups[used]
        held_out = HeldOut(densities[used], rows.case_weights[used], groups)
        self._scores[candidate] = replace(score, held_out=held_out)
        self.tell(self._scores[candidate])

    def _kmeans(self, problem: Problem) -> Asking[None]:
        """The k-means loss for every number of components."""

        def take(centres: Centres) -> None:
            self.losses[centres.mixture.n_components] = centres.loss

        yield from losses(problem, self.context.options, self.ks, take, self.context.out_of_time)


def searched(cells: dict[Candidate, Cell]) -> Asking[None]:
    """The search of all candidates, round by round side by side."""
    yield from all_of(list(cells.values()), lambda cell: cell.fresh())
    yield from improved(cells, ROUNDS, max(MOVES, ALL_MOVES // max(len(cells), 1)))


def improved(cells: dict[Candidate, Cell], rounds: int, n_moves: int) -> Asking[None]:
    """Groupings from candidate to candidate and moves from each one's best: until a candidate and those it takes from
    found nothing better in a round, or so many are done."""
    changed = set(cells)
    for _ in range(rounds):
        groupings = {one: best.responsibilities for one, cell in cells.items() if (best := cell.best) is not None}
        askers = {}
        for one, cell in cells.items():
            sources = offered(one, cells, groupings)
            if one.k > 1 and (one in changed or any(source in changed for source in sources)):
                askers[one] = cell.improved(*taken(one, sources, groupings), n_moves)
        if not askers or any(cell.fit.out_of_time() for cell in cells.values()):
            return
        found = yield from together(askers.values())
        changed = {one for one, better in zip(askers, found, strict=True) if better}


def offered(
    candidate: Candidate, cells: dict[Candidate, Cell], groupings: dict[Candidate, FloatArray]
) -> list[Candidate]:
    """From whom a candidate takes groupings: of the models with as many components those whose own best is most likely,
    and its own model with one component less and one more."""
    equal = [one for one in groupings if one.k == candidate.k and one != candidate]
    equal.sort(key=lambda one: (-likelihood(cells[one]), one.place))
    beside = [replace(candidate, k=candidate.k + step) for step in (-1, 1)]
    return [*equal[:NEIGHBOURS], *(one for one in beside if one in groupings)]


def taken(
    candidate: Candidate, sources: Sequence[Candidate], groupings: dict[Candidate, FloatArray]
) -> tuple[list[FloatArray], FloatArray | None, FloatArray | None]:
    """The groupings of as many components, of one less and of one more."""
    by_step = {step: [groupings[one] for one in sources if one.k == candidate.k + step] for step in (-1, 0, 1)}
    return by_step[0], next(iter(by_step[-1]), None), next(iter(by_step[1]), None)


def likelihood(cell: Cell) -> float:
    """The log-likelihood of a cell's best end."""
    best = cell.best
    return -np.inf if best is None else best.log_likelihood


def thetas_of(cell: Cell) -> list[FloatArray]:
    """The best end of a cell, as a start elsewhere."""
    best = cell.best
    return [] if best is None else [best.theta]


def portable(fitted: Fitted) -> Fitted:
    """The fit without its trace, which would carry all rows along."""
    return replace(fitted, path=no_path)


def no_path() -> Iterator[tuple[TracePoint, Mixture]]:
    """There is no trace of a candidate."""
    return iter(())


__all__ = ["Sweep", "improved", "portable", "searched"]
