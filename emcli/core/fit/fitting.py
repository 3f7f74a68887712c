"""From a table of numbers to the best mixture: the fit as a whole.

The rows become a problem in working coordinates; the search finds the best optimum, on a subsample first where there
are many rows; the result is brought back to data units with everything that describes how it came about.  A fit asks
for its passes like everybody else, so that many fits of the same rows can share them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from emcli.core.describe.criteria import certainty, criteria
from emcli.core.families.elliptical.covariances import covariance_named
from emcli.core.fit.acceleration import ACCELERATIONS
from emcli.core.fit.asking import Answerer, Asking, Question, ask, drive, together
from emcli.core.fit.climbs import Climb, Step
from emcli.core.fit.fitted import Alternative, Fitted
from emcli.core.fit.options import FitOptions, Progress, Watch
from emcli.core.fit.passing import Passing
from emcli.core.fit.posterior import may_overtake
from emcli.core.fit.problem import MakeEngine, Problem
from emcli.core.fit.search import Audit, ClimbPath, Leg, LocalOptimum, Rules, Search, distinct
from emcli.core.fit.starts import STARTS, Sample, StartContext
from emcli.core.fit.tracing import TracePoint, trace_point
from emcli.core.judge.degeneracy import Counted, Soundness
from emcli.core.judge.identification import check_rows
from emcli.core.model.assignment import Assignment, hard, soft
from emcli.core.model.known import Known
from emcli.core.model.mixture import Collapsed, Mixture
from emcli.core.model.parameters import MixtureModel
from emcli.core.passes.case_weights import EVERYTHING
from emcli.core.rows.engine import Serial
from emcli.core.rows.survey import Survey, survey, taking_part, those_taking_part
from emcli.core.statistics.agreement import adjusted_rand_index, share_moved
from emcli.data.blocks import Blocks, in_blocks
from emcli.data.membership import Beside, InPart, Wholly
from emcli.data.rows import FloatArray, IntArray
from emcli.errors import CannotFit

MANY_ROWS = 10_000
"""Above this, starts are searched for on a subsample of half as many rows; the best few are carried to all rows."""

GROWTH = 4  # each sample on the way to all rows is so many times the one before
SAMPLED_CELLS = 1 << 22  # of the largest sample: 32 MiB
SAMPLE_TOLERANCE = (
    1e-3  # nats still to be had on a sample when its climb ends; on a flat ridge, 0.1 stops far from the top
)

Recorder = Callable[[Answerer], Answerer]
"""Makes somebody who answers remember what was said: see `journal`."""


def fit_mixture(
    values: FloatArray,
    case_weights: FloatArray,
    options: FitOptions,
    *,
    columns: Sequence[str] = (),
    make_engine: MakeEngine = Serial,
    watch: Watch | None = None,
    also: Sequence[Mixture] = (),
) -> Fitted:
    """The best mixture for the rows.

    values        (n, d)  data units, NaN where missing; not written to
    case_weights  (n,)    how often each row counts, >= 0
    columns               names for messages
    also                  mixtures in data units to start from as well: with as many components as wanted, or with
                          one less, of which one will be split
    Raises CannotFit where the rows do not determine the model.
    """
    blocks = in_blocks(values, case_weights)
    return fit_blocks(blocks, options, columns=columns, make_engine=make_engine, watch=watch, also=also)


def fit_blocks(
    table: Blocks,
    options: FitOptions,
    *,
    columns: Sequence[str] = (),
    make_engine: MakeEngine = Serial,
    watch: Watch | None = None,
    also: Sequence[Mixture] = (),
    recorder: Recorder | None = None,
    out_of_time: Callable[[], bool] = lambda: False,
) -> Fitted:
    """`fit_mixture` for a table in blocks, which need not be in memory.

    recorder     may know passes over all rows already (see `journal`)
    out_of_time  whether to end with the best so far
    """
    found = survey(table)
    names = list(columns) or [f"column {j + 1}" for j in range(table.n_features)]
    rows = those_taking_part(table, found)
    check_rows(rows, found, options.n_components, covariance_named(options.covariance), names)
    options = among_used(options, table, rows)
    problem = Problem(
        rows,
        found,
        n_components=options.n_components,
        make_engine=make_engine,
        names=names,
        known=None if options.labels is None else Known(options.labels),
    )
    return drive(Fit(problem, options, watch, recorder, out_of_time).run(also))


def among_used(options: FitOptions, table: Blocks, rows: Blocks) -> FitOptions:
    """The options with what they say of single rows said of those that take part."""
    given = options.init if isinstance(options.init, str | Mixture) else said(options.init, options.n_components)
    by_row = not isinstance(given, str | Mixture) or options.labels is not None
    if rows is table or not by_row:
        return options
    used = np.concatenate(list(table.map(taking_part)))
    init = given if isinstance(given, str | Mixture) else given.among(used)
    return replace(options, init=init, labels=None if options.labels is None else options.labels[used])


def said(init: Beside | FloatArray | IntArray, k: int) -> Beside:
    """Responsibilities (n, k) or labels (n,) as something said of every row."""
    if not isinstance(init, np.ndarray):
        return init
    return Wholly(init.astype(np.intp, copy=False), k) if init.ndim == 1 else InPart(np.asarray(init, np.float64))


@dataclass(frozen=True, eq=False)
class Fit:
    """One fit of a problem's rows: the search, where it takes place, and the answer in data units.

    counting  how often rows count for it: see `case_weights`
    """

    problem: Problem
    options: FitOptions
    watch: Watch | None = None
    recorder: Recorder | None = None
    out_of_time: Callable[[], bool] = lambda: False
    counting: int = EVERYTHING

    def run(self, also: Sequence[Mixture] = ()) -> Asking[Fitted]:
        """The best mixture that is found; CannotFit where none is."""
        try:
            ends, audit = yield from self.solve([self.problem.settled(one, self.model)[0] for one in also])
        except Collapsed as error:
            raise CannotFit(
                f"no start reached a mixture of {self.options.n_components} components: {error}",
                hint="use fewer components or a simpler --covariance",
            ) from error
        return (yield from self.answer(ends, audit))

    @cached_property
    def model(self) -> MixtureModel:
        """The kind of mixture that the options name."""
        options = self.options
        return self.problem.model(
            covariance_named(options.covariance),
            family=options.family,
            noise=options.noise,
            standardised=options.scale == "std",
            hard=options.hard,
            prior=options.prior,
        )

    @property
    def assignment(self) -> Assignment:
        return hard if self.options.hard else soft

    @cached_property
    def passing(self) -> Passing:
        """All rows, ready to answer."""
        return self.problem.passing(self.assignment)

    @cached_property
    def everything(self) -> StartContext:
        """All rows as a place to make starts on."""
        where = self.passing if self.recorder is None else self.recorder(self.passing)
        return StartContext(self.problem.everything, self.model, where, self.counting)

    def on_sample(self, sample: Sample) -> StartContext:
        """Fewer rows as a place to make starts on."""
        where = self.problem.passing_of(sample, self.assignment)
        return StartContext(sample, self.model, where, self.counting)

    @cached_property
    def searched(self) -> StartContext:
        """Where the search takes place: on all rows, or on a sample of many."""
        problem, alone = self.problem, self.options.n_components == 1 and len(self.problem.working.sizes) == 1
        if problem.n_rows <= MANY_ROWS or alone or not isinstance(self.options.init, str):
            return self.everything
        return self.on_sample(problem.drawn(MANY_ROWS // 2, self.options.seed))

    @property
    def climb(self) -> Climb:
        """The way to climb; hard assignment that jumps between finitely many states is left unaccelerated."""
        finite = self.options.hard and self.model.n_tail == 0
        return ACCELERATIONS["none" if finite else self.options.accelerate]

    def solve(self, also: Sequence[FloatArray]) -> Asking[tuple[list[LocalOptimum], Audit]]:
        """The best distinct ends on all rows, best first, and the audit of the search."""
        options, k = self.options, self.options.n_components
        if isinstance(options.init, Mixture):
            theta, model = self.problem.settled(options.init, self.model)
            return (yield from self.from_one(theta, replace(self.everything, model=model)))
        if not isinstance(options.init, str):
            start = self.everything.grouped(said(options.init, k), self.everything.copied(k))
            return (yield from self.from_one((yield from start), self.everything))
        ends, audit = yield from self.search(self.searched).run(k, also)
        if self.searched is not self.everything:
            ends = yield from self.carried(ends)
        return ends, audit

    def carried(self, ends: list[LocalOptimum]) -> Asking[list[LocalOptimum]]:
        """The ends of a sample climbed on with all rows: the best, and those that might overtake it there."""
        best, *others = ends
        sample = self.searched.sample
        contenders = [best, *(end for end in others if may_overtake(self.model, end.theta, best.theta, sample))]
        contenders = contenders[:1] if self.out_of_time() else contenders
        search = self.search(self.everything, len(contenders))
        ready = yield from together([self.nearer(end.theta) for end in contenders])
        climbs = [search.climbed(ClimbPath(theta), self.options.tolerance, i) for i, theta in enumerate(ready, 1)]
        found = [end for end in (yield from together(climbs)) if end is not None]
        if not found:
            raise Collapsed("every start collapsed")
        return distinct(found)

    def nearer(self, theta: FloatArray) -> Asking[FloatArray]:
        """A mixture from a sample, climbed on ever larger ones: passes over all rows are for what only they can tell.

        Where clusters overlap, EM creeps along a ridge for hundreds of passes; on a sample these cost little.
        """
        problem, size = self.problem, GROWTH * MANY_ROWS
        most = min(problem.n_rows // 2, SAMPLED_CELLS // problem.n_features)
        while size <= most and not self.out_of_time():
            context = self.on_sample(problem.drawn(size, self.options.seed))
            leg = Leg(context.question(theta), self.climb, SAMPLE_TOLERANCE, self.options.max_iterations)
            try:
                outcome = yield from leg.walk("loglik", out_of_time=self.out_of_time)
            except Collapsed:
                return theta
            theta = outcome.step.theta
            size *= GROWTH
        return theta

    def search(self, context: StartContext, n_starts: int | None = None) -> Search:
        """A search on the rows of a context, with as many starts as the options say or as given."""
        options = self.options
        usual = 1 if options.n_components == 1 else options.n_starts
        rules = Rules(
            n_starts=usual if n_starts is None else n_starts,
            max_iterations=options.max_iterations,
            tolerance=options.tolerance,
            stop=options.stop,
            climb=self.climb,
            generators=STARTS[options.init if isinstance(options.init, str) else "auto"],
            out_of_time=self.out_of_time,
        )
        # A seed and a number of components: what a candidate draws does not depend on who else is asked.
        rng = np.random.default_rng(np.random.SeedSequence(options.seed))
        return Search(context, rules, rng, self.teller(context))

    def from_one(self, theta: FloatArray, context: StartContext) -> Asking[tuple[list[LocalOptimum], Audit]]:
        """The end of the climb from a start that was given."""
        end = yield from self.search(context).climbed(ClimbPath(theta), self.options.tolerance, 1)
        if end is None:
            raise Collapsed("the given start collapsed")
        return [end], Audit(tried=1, failed=0, agree=1)

    def teller(self, context: StartContext) -> Callable[[str, int, int, Step], None]:
        """The watcher in data units; a subsample's log-likelihood is told as it is."""
        jacobian = self.problem.jacobian if context.sample is self.problem.everything else 0.0

        def tell(phase: str, start: int, n_starts: int, step: Step) -> None:
            if self.watch is not None:
                likelihood = step.log_likelihood + jacobian
                self.watch(
                    Progress(phase, start, n_starts, step.iteration, likelihood, step.predicted_gain, step.change)
                )

        return tell

    def retraced(self, end: LocalOptimum) -> Iterator[tuple[TracePoint, Mixture]]:
        """The way of the winning start once more, as far as it led over all rows, with the free energy on the way."""
        model = end.context.model
        order, passed, jacobian = self.outward(end.mixture).order(), 0, self.problem.jacobian
        for leg in end.path.legs:
            steps: list[Step] = []
            start = Question(self.passing, model, leg.start.theta, leg.start.counting)
            drive(replace(leg, start=start).walk(self.options.stop, steps.append))
            for step in steps:
                working = model.unpack(step.theta)
                likelihood = drive(self.log_likelihood(model, step.theta))
                numbered = replace(step, iteration=passed + step.iteration)
                mixture = self.outward(working)
                point = trace_point(self.passing, numbered, working, likelihood, jacobian)
                yield point, mixture if self.problem.known is not None else mixture.reordered(order)
            passed += steps[-1].iteration

    def log_likelihood(self, model: MixtureModel, theta: FloatArray) -> Asking[float]:
        """The log-likelihood of a theta on all rows, working units, without a prior's part."""
        question = Question(self.problem.passing(soft), replace(model, prior=None), theta, self.counting)
        answer = yield from ask(question)
        return answer.log_likelihood

    def answer(self, ends: list[LocalOptimum], audit: Audit) -> Asking[Fitted]:
        """The best end in data units and canonical order."""
        best, problem, jacobian = ends[0], self.problem, self.problem.jacobian
        working = best.mixture
        exact = yield from together([self.likelihood(end) for end in ends])
        objective = best.log_likelihood + jacobian
        log_likelihood = (yield from self.soft_likelihood(best)) + jacobian
        counted = Counted(problem.case_weights, self.counting)
        sure = certainty(problem.engine, working, counted)
        found, total = problem.found, float(problem.engine.reduce(counted.total))
        return Fitted(
            mixture=self.written(working),
            log_likelihood=log_likelihood,
            objective=objective,
            criteria=criteria(sure, working.n_parameters, log_likelihood, total),
            n_parameters=working.n_parameters,
            n_rows=found.n_rows,
            n_empty_rows=found.n_empty_rows,
            n_missing_cells=found.n_missing_cells,
            iterations=best.path.passes,
            stop_reason=best.outcome.reason,
            predicted_gain=best.outcome.step.predicted_gain,
            audit=audit,
            history=tuple(value + jacobian for value in best.path.history),
            alternatives=tuple(
                self.beside(best, end, value + jacobian) for end, value in zip(ends[1:], exact[1:], strict=True)
            ),
            soundness=shifted(best.soundness, jacobian),
            path=lambda: self.retraced(best),
        )

    def written(self, working: Mixture) -> Mixture:
        """A mixture in data units, in canonical order or as the known rows number it; what is given is so exactly."""
        mixture = self.outward(working)
        return mixture if self.problem.known is not None else mixture.ordered()

    def outward(self, working: Mixture) -> Mixture:
        """A mixture in data units with its components in the order they have; what is given is so exactly."""
        mixture = self.problem.outward(working)
        return mixture.keeping(self.options.init) if isinstance(self.options.init, Mixture) else mixture

    def likelihood(self, end: LocalOptimum) -> Asking[float]:
        """The objective of an end, without the prior's part."""
        if end.context.model.prior is None:
            return end.log_likelihood
        answer = yield from ask(
            Question(self.passing, replace(end.context.model, prior=None), end.theta, self.counting)
        )
        return answer.log_likelihood

    def soft_likelihood(self, end: LocalOptimum) -> Asking[float]:
        """The log-likelihood of an end: what it climbed, unless that was another objective."""
        if not self.options.hard and end.context.model.prior is None:
            return end.log_likelihood
        return (yield from self.log_likelihood(end.context.model, end.theta))

    def beside(self, best: LocalOptimum, end: LocalOptimum, log_likelihood: float) -> Alternative:
        """What an optimum that was not chosen would have said."""
        contexts = [replace(self.searched, model=one.context.model) for one in (best, end)]
        chosen, other = (
            LocalOptimum(one.path, one.outcome, context).responsibilities.argmax(axis=0)
            for one, context in zip((best, end), contexts, strict=True)
        )
        return Alternative(
            log_likelihood=log_likelihood,
            soundness=shifted(end.soundness, self.problem.jacobian),
            agreement=adjusted_rand_index(chosen, other),
            moved=share_moved(chosen, other),
        )


def shifted(soundness: Soundness, jacobian: float) -> Soundness:
    """The leave-one-out log-likelihood in data units."""
    return replace(soundness, leave_one_out=soundness.leave_one_out + jacobian)


__all__ = ["Fit", "FitOptions", "Fitted", "Progress", "Survey", "fit_blocks", "fit_mixture"]
