"""From a table of numbers to the best mixture: the fit as a whole.

The rows are brought into working coordinates and cut into chunks; one normal distribution is fitted for the
geometry and the floor; the search finds the best optimum, on a subsample first where there are many rows; the
result is brought back to data units with everything that describes how it came about.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from emcli.core.acceleration import ACCELERATIONS, hybrid
from emcli.core.assignment import hard, soft
from emcli.core.coordinates import Coordinates, working_coordinates
from emcli.core.covariances import COVARIANCES, Covariance
from emcli.core.covariances.diagonal import DIAGONAL
from emcli.core.criteria import Criteria, criteria
from emcli.core.degeneracy import Soundness, floor_for
from emcli.core.em import Climb, Step
from emcli.core.engine import Engine, Serial
from emcli.core.families import Gaussian
from emcli.core.identification import check_full_rank, check_rows
from emcli.core.mixture import Collapsed, Mixture
from emcli.core.search import Audit, End, Rules, Search, Trail
from emcli.core.starts import STARTS, Ground, from_labels
from emcli.core.stopping import RULES, StopReason, climb_until
from emcli.core.tracing import TracePoint, trace_point
from emcli.data.chunk import Chunk, cut
from emcli.data.table import FloatArray, IntArray
from emcli.errors import CannotFit

MANY_ROWS = 10_000
"""Above this, starts are searched for on a subsample of half as many rows; the best few are carried to all rows."""

CHUNK_ELEMENTS = 1 << 18
"""Numbers in the largest temporary of a chunk (k x d x rows): two megabytes; measured best from d = 2 to 32."""

POOLED_PASSES = 200  # passes spent at most on the one normal distribution that starts are measured by


@dataclass(frozen=True)
class FitOptions:
    """What shapes a fit; the defaults are those of the command line.

    init: 'auto', 'kmeans++', 'random', a Mixture in data units, or labels (n,) from 0 of the rows.
    """

    n_components: int
    covariance: str = "full"
    hard: bool = False
    scale: str = "none"
    n_starts: int = 10
    init: str | Mixture | IntArray = "auto"
    max_iterations: int = 1000
    tolerance: float = 1e-6
    stop: str = "loglik"
    accelerate: str = "auto"
    seed: int = 0


@dataclass(frozen=True)
class Progress:
    """What a watcher of a fit is told; log_likelihood in data units."""

    phase: str
    start: int
    n_starts: int
    iteration: int
    log_likelihood: float
    predicted_gain: float
    change: float


@dataclass(frozen=True)
class Alternative:
    """Another optimum that was climbed to the end: its log-likelihood (data units) and what speaks against it."""

    log_likelihood: float
    soundness: Soundness


@dataclass(frozen=True, eq=False)
class Fitted:
    """The best mixture found, in data units, and how it came about.

    history      log-likelihood after every accepted pass on the way from the winning start to the mixture
    alternatives other distinct optima, by likelihood; one that is more likely than the mixture was not trusted
    objective    the classification log-likelihood of a hard fit, otherwise the log-likelihood
    """

    mixture: Mixture
    log_likelihood: float
    objective: float
    criteria: Criteria
    n_parameters: int
    n_rows: int
    n_empty_rows: int
    n_missing_cells: int
    iterations: int
    stop_reason: StopReason
    predicted_gain: float
    audit: Audit
    history: tuple[float, ...]
    alternatives: tuple[Alternative, ...]
    soundness: Soundness
    trace: Callable[[], Iterator[TracePoint]]

    @property
    def converged(self) -> bool:
        return self.stop_reason is StopReason.TOLERANCE


Watch = Callable[[Progress], None]
MakeEngine = Callable[[Sequence[Chunk]], Engine]


def fit_mixture(
    values: FloatArray,
    case_weights: FloatArray,
    options: FitOptions,
    *,
    columns: Sequence[str] = (),
    make_engine: MakeEngine = Serial,
    watch: Watch | None = None,
) -> Fitted:
    """The best mixture for the rows.

    values        (n, d)  data units, NaN where missing; not written to
    case_weights  (n,)    how often each row counts, >= 0
    columns               names for messages
    Raises CannotFit where the rows do not determine the model.
    """
    model = COVARIANCES[options.covariance]
    names = list(columns) or [f"column {j + 1}" for j in range(values.shape[1])]
    observed = ~np.isnan(values)
    used = observed.any(axis=1) & (case_weights > 0.0)
    rows, weights = values[used], np.ascontiguousarray(case_weights[used])
    check_rows(rows, weights, options.n_components, model, names)
    problem = Problem(rows, weights, model=model, options=options, make_engine=make_engine, names=names)
    try:
        ends, audit = problem.solve(watch)
    except Collapsed as error:
        raise CannotFit(
            f"no start reached a mixture of {options.n_components} components: {error}",
            hint="use fewer components or a simpler --covariance",
        ) from error
    return replace(
        problem.fitted(ends, audit),
        n_rows=len(values),
        n_empty_rows=int((~observed.any(axis=1)).sum()),
        n_missing_cells=int(values.size - observed.sum()),
    )


class Problem:
    """One fit: the rows in working coordinates, the pooled distribution, the floor, and the way to an answer."""

    def __init__(
        self,
        rows: FloatArray,
        weights: FloatArray,
        *,
        model: Covariance,
        options: FitOptions,
        make_engine: MakeEngine,
        names: list[str],
    ) -> None:
        self.rows, self.weights, self.model, self.options = rows, weights, model, options
        self.coordinates = working_coordinates(rows, weights, "columns" if options.scale == "std" else model.invariance)
        self.coordinates.check(names)
        self.working = self.coordinates.inward(rows)
        self.jacobian = self.coordinates.log_jacobian(rows, weights)
        size = rows_per_chunk(rows.shape[1], options.n_components)
        self.engine = make_engine(cut(self.working, weights, size))
        self.assignment = hard if options.hard else soft
        self.pooled = pooled_normal(self.engine, model, rows.shape[1])
        check_full_rank(self.pooled, names)
        self.floor = model.floor(floor_for(self.pooled, self.working))
        # With nothing but means to learn, hard assignment and equal weights are k-means exactly.
        self.equal_weights = options.hard and model.n_parameters(1, 1) == 0
        self.rng = np.random.default_rng(np.random.SeedSequence(options.seed))

    def solve(self, watch: Watch | None) -> tuple[list[End], Audit]:
        """The best distinct ends on all rows, best first, and the audit of the search."""
        everything = self.ground(None)
        climb = Climb(self.engine, self.assignment)
        init = self.options.init
        if isinstance(init, Mixture):
            return self.from_one(climb, everything, self.settled(self.coordinates.inward_mixture(init)), watch)
        if not isinstance(init, str):
            start = from_labels(everything, init, self.options.n_components)
            return self.from_one(climb, everything, start, watch)
        if len(self.rows) <= MANY_ROWS or self.options.n_components == 1:
            return self.search(climb, everything, watch).run(self.options.n_components)
        sample = self.ground(subsample(len(self.rows), self.rng))
        ends, audit = self.search(Climb(sample.engine, self.assignment), sample, watch).run(self.options.n_components)
        carried = self.search(climb, everything, watch)
        finished = [
            carried.climbed(Trail(end.trail.origin, end.trail.mixture), self.options.tolerance, i)
            for i, end in enumerate(ends, 1)
        ]
        return carried.ranked(finished), audit

    def search(self, climb: Climb, ground: Ground, watch: Watch | None) -> Search:
        options = self.options
        one = options.n_components == 1
        rules = Rules(
            n_starts=1 if one else options.n_starts,
            max_iterations=options.max_iterations,
            tolerance=options.tolerance,
            stop=options.stop,
            steps=ACCELERATIONS["none" if options.hard else options.accelerate],
            generators=STARTS[options.init if isinstance(options.init, str) else "auto"],
        )
        return Search(climb, ground, rules, self.rng, self.teller(climb, watch))

    def from_one(self, climb: Climb, ground: Ground, start: Mixture, watch: Watch | None) -> tuple[list[End], Audit]:
        """The end of the climb from a start that was given."""
        end = self.search(climb, ground, watch).climbed(Trail(start, start), self.options.tolerance, 1)
        if end is None:
            raise Collapsed("the given start collapsed")
        return [end], Audit(1, 0, 1)

    def settled(self, mixture: Mixture) -> Mixture:
        """A mixture from elsewhere under this problem's model and floor."""
        family = mixture.family
        matrices = self.model.layout.from_dense(family.model.layout.dense(family.covariances))
        n = np.maximum(mixture.weights, 1e-12)
        scatter = matrices * n.reshape((-1,) + (1,) * (matrices.ndim - 1))
        moved = replace(family, model=self.model, floor=self.floor)
        covariances = moved.raised(self.model.estimate(scatter, n))
        return Mixture(mixture.weights, replace(moved, covariances=covariances), self.equal_weights)

    def ground(self, rows: IntArray | None) -> Ground:
        """The rows (all, or a sample) as a place to make starts on."""
        if rows is None:
            values, chunks = self.working, list(self.engine.chunks)
        else:
            values = self.working[rows]
            size = rows_per_chunk(values.shape[1], self.options.n_components)
            chunks = cut(values, self.weights[rows], size)
        return Ground(values, chunks, self.pooled, self.equal_weights, self.model, self.floor)

    def teller(self, climb: Climb, watch: Watch | None) -> Callable[[str, int, int, Step], None]:
        """The watcher in data units; a subsample's log-likelihood is told as it is."""
        jacobian = self.jacobian if climb.engine is self.engine else 0.0

        def tell(phase: str, start: int, n_starts: int, step: Step) -> None:
            if watch is not None:
                likelihood = step.log_likelihood + jacobian
                watch(Progress(phase, start, n_starts, step.iteration, likelihood, step.predicted_gain, step.change))

        return tell

    def retraced(self, best: End) -> Iterator[TracePoint]:
        """The climb from the winning start once more, on all rows, with the free energy at every step."""
        climb, options = Climb(self.engine, self.assignment), self.options
        steps = ACCELERATIONS["none" if options.hard else options.accelerate]
        points: list[TracePoint] = []
        climb_until(
            steps(climb, best.trail.origin, options.tolerance),
            RULES[options.stop],
            options.tolerance,
            options.max_iterations,
            lambda step: points.append(trace_point(climb, step, self.jacobian)),
        )
        return iter(points)

    def fitted(self, ends: list[End], audit: Audit) -> Fitted:
        """The best end in data units and canonical order."""
        best = ends[0]
        climb = Climb(self.engine, soft)
        log_likelihood = climb.evaluate(best.trail.mixture).log_likelihood + self.jacobian
        mixture = self.coordinates.outward(best.trail.mixture).canonical()
        return Fitted(
            mixture=mixture,
            log_likelihood=log_likelihood,
            objective=best.log_likelihood + self.jacobian,
            criteria=criteria(climb, best.trail.mixture, log_likelihood, float(self.weights.sum())),
            n_parameters=mixture.n_parameters,
            n_rows=len(self.rows),
            n_empty_rows=0,
            n_missing_cells=0,
            iterations=best.trail.passes,
            stop_reason=best.outcome.reason,
            predicted_gain=best.outcome.step.predicted_gain,
            audit=audit,
            history=tuple(value + self.jacobian for value in best.trail.history),
            alternatives=tuple(
                Alternative(end.log_likelihood + self.jacobian, self.outward(end.soundness)) for end in ends[1:]
            ),
            trace=lambda: self.retraced(best),
            soundness=self.outward(best.soundness),
        )

    def outward(self, soundness: Soundness) -> Soundness:
        """The leave-one-out log-likelihood in data units."""
        return replace(soundness, leave_one_out=soundness.leave_one_out + self.jacobian)


def rows_per_chunk(n_features: int, n_components: int) -> int:
    """Rows of a chunk: a power of two, from the size of the problem alone, so that sums never depend on the machine."""
    wanted = CHUNK_ELEMENTS / (n_features * n_components)
    return int(2 ** np.clip(np.floor(np.log2(wanted)), 8, 14))


def subsample(n_rows: int, rng: np.random.Generator) -> IntArray:
    """Positions of the rows on which starts are searched, ascending."""
    return np.sort(rng.choice(n_rows, size=MANY_ROWS // 2, replace=False))


def pooled_normal(engine: Engine, model: Covariance, n_features: int) -> Mixture:
    """One normal distribution for all rows, in the layout of the model: closed form, or EM where cells are missing."""
    whole = COVARIANCES["diag"] if model.layout is DIAGONAL else COVARIANCES["full"]
    covariance = whole.layout.from_dense(np.eye(n_features))[None]
    start = Mixture(np.ones(1), Gaussian(np.zeros((1, n_features)), covariance, whole))
    try:
        outcome = climb_until(hybrid(Climb(engine, soft), start, 1e-3), RULES["loglik"], 1e-3, POOLED_PASSES)
    except Collapsed as error:
        raise CannotFit("the columns are collinear: no covariance matrix fits these rows") from error
    return outcome.step.mixture


__all__ = ["Coordinates", "FitOptions", "Fitted", "Progress", "fit_mixture"]
