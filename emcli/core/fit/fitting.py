"""From a table of numbers to the best mixture: the fit as a whole.

The rows become a problem in working coordinates; the search finds the best optimum, on a subsample first where there
are many rows; the result is brought back to data units with everything that describes how it came about.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from emcli.core.describe.criteria import criteria
from emcli.core.families.elliptical.covariances import covariance_named
from emcli.core.fit.acceleration import ACCELERATIONS, Steps
from emcli.core.fit.em import Climb, Recall, Step
from emcli.core.fit.fitted import Alternative, Fitted
from emcli.core.fit.options import FitOptions, Progress, Watch
from emcli.core.fit.posterior import may_overtake, posterior
from emcli.core.fit.problem import MakeEngine, Problem
from emcli.core.fit.search import Audit, End, Leg, Rules, Search, Trail
from emcli.core.fit.starts import STARTS, Ground, from_beside
from emcli.core.fit.tracing import TracePoint, trace_point
from emcli.core.judge.degeneracy import Soundness
from emcli.core.judge.identification import check_rows
from emcli.core.model.assignment import hard, soft
from emcli.core.model.known import Known
from emcli.core.model.mixture import Collapsed, Mixture
from emcli.core.model.priors import weak_prior
from emcli.core.rows.engine import Serial
from emcli.core.rows.survey import survey, taking_part, those_taking_part
from emcli.core.statistics.agreement import adjusted_rand_index, share_moved
from emcli.data.beside import Beside, InPart, Wholly
from emcli.data.blocks import Blocks, in_blocks
from emcli.data.table import FloatArray, IntArray
from emcli.errors import CannotFit

MANY_ROWS = 10_000
"""Above this, starts are searched for on a subsample of half as many rows; the best few are carried to all rows."""

GROWTH = 4  # each sample on the way to all rows is so many times the one before
SAMPLED_CELLS = 1 << 22  # of the largest sample: 32 MiB
COUNTED = 1 << 21  # rows that can be numbered in 16 MiB; of more, a sample is drawn without numbering all
SAMPLE_TOLERANCE = (
    1e-3  # nats still to be had on a sample when its climb ends; on a flat ridge, 0.1 stops far from the top
)


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
    recall: Recall | None = None,
    out_of_time: Callable[[], bool] = lambda: False,
) -> Fitted:
    """`fit_mixture` for a table in blocks, which need not be in memory.

    recall       may know passes over all rows already (see `journal`)
    out_of_time  whether to end with the best so far
    """
    model = covariance_named(options.covariance)
    names = list(columns) or [f"column {j + 1}" for j in range(table.n_features)]
    found = survey(table)
    rows = those_taking_part(table, found)
    check_rows(rows, found, options.n_components, model, names)
    options = among_used(options, table, rows)
    problem = Problem(
        rows,
        found,
        model=model,
        family=options.family,
        noise=options.noise,
        scale=options.scale,
        n_components=options.n_components,
        # With nothing but means to learn, hard assignment and equal weights are k-means exactly.
        equal_weights=options.hard and model.n_parameters(1, 1) == 0 and not options.noise,
        make_engine=make_engine,
        names=names,
        known=None if options.labels is None else Known(options.labels),
    )
    fit = Fit(problem, options, watch, recall, out_of_time)
    try:
        ends, audit = fit.solve(also)
    except Collapsed as error:
        raise CannotFit(
            f"no start reached a mixture of {options.n_components} components: {error}",
            hint="use fewer components or a simpler --covariance",
        ) from error
    return replace(
        fit.answer(ends, audit),
        n_rows=found.n_rows,
        n_empty_rows=found.n_empty_rows,
        n_missing_cells=found.n_missing_cells,
    )


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


class Fit:
    """One search on a problem, and its answer in data units.

    ground  the rows on which starts were made: all, or a sample of them
    """

    ground: Ground

    def __init__(
        self,
        problem: Problem,
        options: FitOptions,
        watch: Watch | None,
        recall: Recall | None,
        out_of_time: Callable[[], bool],
    ) -> None:
        self.problem, self.options, self.watch, self.out_of_time = problem, options, watch, out_of_time
        prior = weak_prior(problem.model, problem.pooled, options.n_components) if options.prior else None
        self.climb = Climb(problem.engine, hard if options.hard else soft, prior, problem.known, recall=recall)
        self.rng = np.random.default_rng(np.random.SeedSequence(options.seed))

    @property
    def steps(self) -> Steps:
        """The way to climb; hard assignment that jumps between finitely many states is left unaccelerated."""
        finite = self.options.hard and self.problem.tail.fresh(1).n_parameters == 0
        return ACCELERATIONS["none" if finite else self.options.accelerate]

    def solve(self, also: Sequence[Mixture]) -> tuple[list[End], Audit]:
        """The best distinct ends on all rows, best first, and the audit of the search."""
        problem, options, k = self.problem, self.options, self.options.n_components
        everything = self.ground = problem.ground()
        if isinstance(options.init, Mixture):
            return self.from_one(everything, problem.settled(options.init))
        if not isinstance(options.init, str):
            return self.from_one(everything, from_beside(everything, everything.copies(k), said(options.init, k)))
        mixtures = [problem.settled(mixture) for mixture in also]
        n_rows = problem.n_rows
        if n_rows <= MANY_ROWS or (k == 1 and len(problem.working.sizes) == 1):
            return self.search(self.climb, everything).run(k, mixtures)
        sample = self.ground = problem.ground(subsample(n_rows, self.rng))
        ends, audit = self.search(self.on_sample(sample), sample).run(k, mixtures)
        return self.carried(ends, everything), audit

    def on_sample(self, sample: Ground) -> Climb:
        """The same climb on fewer rows."""
        return Climb(sample.engine, self.climb.assignment, self.climb.prior, sample.known)

    def carried(self, ends: list[End], everything: Ground) -> list[End]:
        """The ends of a sample climbed on with all rows: the best, and those that might overtake it there."""
        best, *others = ends
        contenders = [
            best,
            *(end for end in others if may_overtake(end.trail.mixture, best.trail.mixture, self.ground)),
        ]
        contenders = contenders[:1] if self.out_of_time() else contenders
        search = self.search(self.climb, everything, len(contenders))
        trails = [Trail(self.nearer(end.trail.mixture)) for end in contenders]
        return search.ranked([search.climbed(trail, self.options.tolerance, i) for i, trail in enumerate(trails, 1)])

    def nearer(self, mixture: Mixture) -> Mixture:
        """A mixture from a sample, climbed on ever larger ones: passes over all rows are for what only they can tell.

        Where clusters overlap, EM creeps along a ridge for hundreds of passes; on a sample these cost little.
        """
        problem, size = self.problem, GROWTH * MANY_ROWS
        most = min(problem.n_rows // 2, SAMPLED_CELLS // problem.working.n_features)
        while size <= most and not self.out_of_time():
            climb = self.on_sample(problem.ground(subsample(problem.n_rows, self.rng, size)))
            leg = Leg(mixture, self.steps, SAMPLE_TOLERANCE, self.options.max_iterations)
            try:
                mixture = leg.walk(climb, "loglik", out_of_time=self.out_of_time).step.mixture
            except Collapsed:
                return mixture
            size *= GROWTH
        return mixture

    def search(self, climb: Climb, ground: Ground, n_starts: int | None = None) -> Search:
        """A search on the rows of a ground, with as many starts as the options say or as given."""
        options = self.options
        usual = 1 if options.n_components == 1 else options.n_starts
        rules = Rules(
            n_starts=usual if n_starts is None else n_starts,
            max_iterations=options.max_iterations,
            tolerance=options.tolerance,
            stop=options.stop,
            steps=self.steps,
            generators=STARTS[options.init if isinstance(options.init, str) else "auto"],
            out_of_time=self.out_of_time,
        )
        return Search(climb, ground, rules, self.rng, self.teller(climb))

    def from_one(self, ground: Ground, start: Mixture) -> tuple[list[End], Audit]:
        """The end of the climb from a start that was given."""
        end = self.search(self.climb, ground).climbed(Trail(start), self.options.tolerance, 1)
        if end is None:
            raise Collapsed("the given start collapsed")
        return [end], Audit(tried=1, failed=0, agree=1)

    def teller(self, climb: Climb) -> Callable[[str, int, int, Step], None]:
        """The watcher in data units; a subsample's log-likelihood is told as it is."""
        jacobian = self.problem.jacobian if climb is self.climb else 0.0

        def tell(phase: str, start: int, n_starts: int, step: Step) -> None:
            if self.watch is not None:
                likelihood = step.log_likelihood + jacobian
                self.watch(
                    Progress(phase, start, n_starts, step.iteration, likelihood, step.predicted_gain, step.change)
                )

        return tell

    def retraced(self, trail: Trail) -> Iterator[tuple[TracePoint, Mixture]]:
        """The way of the winning start once more, as far as it led over all rows, with the free energy on the way."""
        order = self.outward(trail.mixture).order()
        passed = 0
        climb = Climb(self.climb.engine, self.climb.assignment, self.climb.prior, self.climb.known)
        for leg in trail.legs:
            steps: list[Step] = []
            leg.walk(climb, self.options.stop, steps.append)
            for step in steps:
                point = trace_point(climb, replace(step, iteration=passed + step.iteration), self.problem.jacobian)
                mixture = self.outward(step.mixture)
                yield point, mixture if self.problem.known is not None else mixture.reordered(order)
            passed += steps[-1].iteration

    def answer(self, ends: list[End], audit: Audit) -> Fitted:
        """The best end in data units and canonical order."""
        best, problem, jacobian = ends[0], self.problem, self.problem.jacobian
        soft_climb = Climb(problem.engine, soft, known=problem.known)
        working = best.trail.mixture
        log_likelihood = soft_climb.evaluate(working).log_likelihood + jacobian
        return Fitted(
            mixture=self.written(working),
            log_likelihood=log_likelihood,
            objective=best.log_likelihood + jacobian,
            criteria=criteria(soft_climb, working, log_likelihood, problem.total_weight),
            n_parameters=working.n_parameters,
            n_rows=problem.n_rows,
            n_empty_rows=0,
            n_missing_cells=0,
            iterations=best.trail.passes,
            stop_reason=best.outcome.reason,
            predicted_gain=best.outcome.step.predicted_gain,
            audit=audit,
            history=tuple(value + jacobian for value in best.trail.history),
            alternatives=tuple(self.beside(best, end) for end in ends[1:]),
            soundness=shifted(best.soundness, jacobian),
            path=lambda: self.retraced(best.trail),
        )

    def written(self, working: Mixture) -> Mixture:
        """A mixture in data units, in canonical order or as the known rows number it; what is given is so exactly."""
        mixture = self.outward(working)
        return mixture if self.problem.known is not None else mixture.ordered()

    def outward(self, working: Mixture) -> Mixture:
        """A mixture in data units with its components in the order they have; what is given is so exactly."""
        outward = self.problem.exact(self.problem.coordinates.outward(working))
        mixture = replace(outward, family=outward.family.canonical())
        return mixture.keeping(self.options.init) if isinstance(self.options.init, Mixture) else mixture

    def likelihood(self, end: End) -> float:
        """The log-likelihood of an end, without the prior's part."""
        if self.climb.prior is None:
            return end.log_likelihood
        without = Climb(self.problem.engine, self.climb.assignment, known=self.climb.known)
        return without.evaluate(end.trail.mixture).log_likelihood

    def beside(self, best: End, end: End) -> Alternative:
        """What an optimum that was not chosen would have said."""
        chosen, other = (posterior(e.trail.mixture, self.ground)[0].argmax(axis=0) for e in (best, end))
        return Alternative(
            log_likelihood=self.likelihood(end) + self.problem.jacobian,
            soundness=shifted(end.soundness, self.problem.jacobian),
            agreement=adjusted_rand_index(chosen, other),
            moved=share_moved(chosen, other),
        )


def shifted(soundness: Soundness, jacobian: float) -> Soundness:
    """The leave-one-out log-likelihood in data units."""
    return replace(soundness, leave_one_out=soundness.leave_one_out + jacobian)


def subsample(n_rows: int, rng: np.random.Generator, size: int = MANY_ROWS // 2) -> IntArray:
    """Positions of rows, ascending: as many as starts are searched on, or as wanted."""
    if n_rows <= COUNTED:
        return np.sort(rng.choice(n_rows, size=size, replace=False))
    found = np.unique(rng.integers(n_rows, size=size))
    while len(found) < size:
        found = np.union1d(found, rng.integers(n_rows, size=size - len(found)))
    return found


__all__ = ["FitOptions", "Fitted", "Progress", "fit_mixture"]
