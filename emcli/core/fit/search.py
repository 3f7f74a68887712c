"""From many starts to the best optimum, with an account of how sure that is.

Fresh starts get a few passes each; the most promising are climbed to a loose tolerance.  Then come rounds in which
half of the candidates are moves from the best mixture found so far, until a round brings nothing better.  The
best few distinct ends are climbed to the wanted tolerance.  One bad start never ends the search: it is counted.

A search asks with all its climbs at once; it does not know who else asks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial

import numpy as np

from emcli.core.fit.asking import Asking, Question, together
from emcli.core.fit.climbs import RULES, Climb, Step, climb_until, plain
from emcli.core.fit.moves import grown, moved
from emcli.core.fit.posterior import posterior, posteriors
from emcli.core.fit.starts import Generator, StartContext, by_ward
from emcli.core.fit.stopping import Outcome, StopReason
from emcli.core.judge.degeneracy import Soundness, examine
from emcli.core.model.mixture import Collapsed, Mixture
from emcli.core.statistics.agreement import adjusted_rand_indices
from emcli.data.rows import FloatArray

SAME = 0.01  # nats: ends closer than this are the same optimum
SCREEN_PASSES = 5
SCREEN_TOLERANCE = 1e-3  # nats still to be had at which an end counts as reached
SCREENED_PER_START = 5  # short runs for every polished one
FINALISTS = 3
MOVES_PER_START, FRESH_PER_START = 6, 6  # short runs of a later round for every polished start of the first
POLISHED_PER_START = 2.4  # of these, how many climb on
IDLE_ROUNDS = 1  # rounds without improvement after which the search ends: few long rounds share passes better
USUAL_STARTS = 10  # polished starts of a round when the number of starts is left open
OFTEN_ENOUGH = 5  # times the best must be met when the number of starts is left open: about 9 in 10 it is the best
MOST_ROUNDS = 40  # after which it ends nevertheless
MOST_TURNS = 3  # of the short runs that climb on, where all before them become degenerate
SECOND_CHANCES = 4  # rounds of fresh starts after a first one of which nothing was left
CROWD_SHARE = 3  # one in so many climbs of a round may be from the neighbourhood of the same top
HOPELESS = 0.002  # of what it is behind the best end: a climb that expects no more than this is given up
PATIENCE = 10  # passes before a climb may be given up
LONG_ENOUGH = 50  # passes in the end for one that is degenerate
ALIKE = 0.9  # adjusted Rand index above which a short run is taken to lead to the top that groups the rows like it


@dataclass(frozen=True)
class Rules:
    """How far and how to climb; the fields of the fit's options that the search needs.

    n_starts     polished starts of the first round; 0: as many as usual, and rounds until the best was met often enough
    round_limit  passes of a climb in a round; what is not at its end by then goes on in the next if it is the best
    finalists    ends that are climbed to the final tolerance
    short        passes of a short run
    out_of_time  whether to end with the best so far
    """

    n_starts: int
    max_iterations: int
    tolerance: float
    stop: str
    climb: Climb
    generators: tuple[Generator, ...]
    out_of_time: Callable[[], bool] = lambda: False
    round_limit: int | None = None
    finalists: int = FINALISTS
    short: int = SCREEN_PASSES


@dataclass(frozen=True, eq=False)
class Leg:
    """One climb of a path: from where, how, and how far; walking it again gives the same steps."""

    start: Question
    climb: Climb
    tolerance: float
    limit: int
    passed: int = 0

    def walk(
        self,
        stop: str,
        watch: Callable[[Step], None] | None = None,
        out_of_time: Callable[[], bool] | None = None,
        give_up: Callable[[Step], StopReason | None] | None = None,
    ) -> Asking[Outcome[Step]]:
        """Climb to the tolerance or a limit; raises Collapsed if a component is lost on the way."""
        climbing = self.climb(self.start, self.tolerance, self.passed)
        return climb_until(
            climbing, RULES[stop], self.tolerance, self.limit, watch=watch, out_of_time=out_of_time, give_up=give_up
        )


@dataclass(frozen=True, eq=False)
class ClimbPath:
    """How far a start has come: where it is, by which legs, what it saw and cost on the way, how it last stopped."""

    theta: FloatArray
    legs: tuple[Leg, ...] = ()
    history: tuple[float, ...] = ()
    passes: int = 0
    last: Outcome[Step] | None = None

    @property
    def log_likelihood(self) -> float:
        return self.history[-1]

    def followed(self, leg: Leg, outcome: Outcome[Step]) -> ClimbPath:
        """The path after one more leg from where it ended."""
        leg = replace(leg, limit=min(leg.limit, outcome.step.iteration))  # as far as time allowed
        return ClimbPath(
            outcome.step.theta,
            (*self.legs, leg),
            self.history + outcome.history,
            self.passes + outcome.step.iteration,
            outcome,
        )


@dataclass(frozen=True, eq=False)
class LocalOptimum:
    """Where a climb ended on the rows of the context, and what speaks against it."""

    path: ClimbPath
    outcome: Outcome[Step]
    context: StartContext

    @property
    def log_likelihood(self) -> float:
        return self.outcome.step.log_likelihood

    @property
    def theta(self) -> FloatArray:
        return self.path.theta

    @cached_property
    def mixture(self) -> Mixture:
        """The mixture in working coordinates."""
        return self.context.model.unpack(self.theta)

    @cached_property
    def soundness(self) -> Soundness:
        """Looked into where it matters: of most ends only the likelihood is asked."""
        return examine(self.context, self.mixture, self.log_likelihood)

    @cached_property
    def responsibilities(self) -> FloatArray:
        """(k, n) of the rows of the context."""
        return posterior(self.context.model, self.theta, self.context.sample)[0]


@dataclass(frozen=True)
class Audit:
    """How the search went: starts polished, failed, and how many ends met the best optimum."""

    tried: int
    failed: int
    agree: int


Watch = Callable[[str, int, int, Step], None]
"""Called with the phase, the start, how many starts there are, and the step."""

Start = Callable[[], Asking[FloatArray]]
"""Makes a start when it is called, with the random numbers of its turn; may raise Collapsed."""


def silent(phase: str, start: int, n_starts: int, step: Step) -> None:
    """Nobody watches."""


class Search:
    """The search for the best mixture of k components on the rows of a context."""

    def __init__(
        self,
        context: StartContext,
        rules: Rules,
        rng: np.random.Generator,
        watch: Watch = silent,
    ) -> None:
        self.context, self.rules, self.rng, self.watch = context, rules, rng, watch
        self.ends: list[LocalOptimum] = []
        self.failed = 0
        self.top = -np.inf  # the best end of the rounds before
        self.finishing = False

    def run(self, k: int, given: Sequence[FloatArray] = ()) -> Asking[tuple[list[LocalOptimum], Audit]]:
        """The best distinct ends, best first, climbed to the final tolerance; raises Collapsed if all failed.

        given  starts besides the fresh ones: thetas of k components, or of k - 1 of which one is split
        """
        n = self.per_round
        starts = [*self.from_given(given, k), *self.clustered(k), *self.fresh(SCREENED_PER_START * n, k)]
        yield from self.round(starts, n + len(given))
        for _ in range(SECOND_CHANCES):
            if not self.ends and not self.rules.out_of_time():
                yield from self.round(self.fresh(SCREENED_PER_START * n, k), n)
        if k > 1 and n > 1:
            yield from self.rounds(k)
        return (yield from self.finished())

    def finished(self) -> Asking[tuple[list[LocalOptimum], Audit]]:
        """The finalists climbed to the final tolerance; when all of them collapse, the next in line take over."""
        waiting = distinct(self.ends)
        n = 1 if self.rules.out_of_time() else self.rules.finalists
        while True:
            if not waiting:
                raise Collapsed("every start collapsed")
            now, waiting, self.finishing = waiting[:n], waiting[n:], True
            self.top = sound_top(now)
            ends = yield from together([self.climbed(end.path, self.rules.tolerance, i) for i, end in enumerate(now)])
            found = distinct([end for end in ends if end is not None])
            if found:
                return found, Audit(len(self.ends) + self.failed, self.failed, max(self.met(found[0]), 1))

    def met(self, best: LocalOptimum | None = None) -> int:
        """How many ends reached the best optimum."""
        target = (best or preferred(self.ends)).log_likelihood
        return sum(abs(end.log_likelihood - target) < SAME for end in self.ends)

    @property
    def per_round(self) -> int:
        return self.rules.n_starts or USUAL_STARTS

    def rounds(self, k: int) -> Asking[None]:
        """Half moves from the best, half fresh starts, until nothing better turns up for a while."""
        idle, n = 0, self.per_round
        for _ in range(MOST_ROUNDS):
            enough = idle >= IDLE_ROUNDS and (self.rules.n_starts or self.met() >= OFTEN_ENOUGH)
            if not self.ends or enough or self.rules.out_of_time():
                return
            best = preferred(self.ends)
            move: Start = partial(moved, self.context, best.theta, best.responsibilities, self.rng)
            starts = [*[move] * (MOVES_PER_START * n), *self.fresh(FRESH_PER_START * n, k)]
            yield from self.round(starts, max(1, round(POLISHED_PER_START * n)))
            better = preferred(self.ends)
            idle = 0 if better.log_likelihood > best.log_likelihood + SAME else idle + 1

    def from_given(self, given: Sequence[FloatArray], k: int) -> Iterator[Start]:
        """The given mixtures as starts; one that is a component short is split in several ways."""
        for theta in given:
            if self.context.model.size(theta) == k:
                yield partial(as_it_is, theta)
                continue
            responsibilities = posterior(self.context.model, theta, self.context.sample)[0]
            for _ in range(self.per_round):
                yield partial(grown, self.context, responsibilities, self.rng)

    def clustered(self, k: int) -> list[Start]:
        """Two starts that cluster the rows first: good ones, of which there are no more."""
        if k == 1 or len(self.rules.generators) == 1:
            return []
        return [partial(by_ward, self.context, k, whitened=whitened) for whitened in (False, True)]

    def fresh(self, n: int, k: int) -> list[Start]:
        """So many fresh starts: the generators take turns."""
        generators = self.rules.generators
        return [partial(generators[i % len(generators)], self.context, k, self.rng) for i in range(n)]

    def round(self, starts: Sequence[Start], kept: int, going_on: Sequence[ClimbPath] = ()) -> Asking[None]:
        """Short runs from all starts; the best distinct ones climb on and become ends, as do paths that are going on.

        At most a third of them from one neighbourhood: most short runs from around a good mixture look alike, and would
        leave no place for a start of another kind.
        """
        self.top = sound_top(self.ends)
        tolerance = max(self.rules.tolerance, SCREEN_TOLERANCE)
        fresh = self._short_runs(starts, kept, tolerance)
        farther = [self.climbed(path, tolerance, i) for i, path in enumerate(going_on, 1)]
        more, *ends = yield from together([fresh, *map(as_list, farther)])
        self.ends += [*(end for found in ends for end in found), *more]

    def _short_runs(self, starts: Sequence[Start], kept: int, tolerance: float) -> Asking[list[LocalOptimum]]:
        """The ends of the best of the short runs."""
        paths = yield from together([self.screened(start) for start in starts])
        screened: list[ClimbPath] = []
        for path in paths:
            if path is not None and all(abs(path.log_likelihood - s.log_likelihood) > SAME for s in screened):
                screened.append(path)
        screened.sort(key=lambda path: -path.log_likelihood)
        found: list[LocalOptimum] = []
        for _ in range(MOST_TURNS):
            chosen = self.spread_out(screened, kept)
            ends = yield from together([self.climbed(path, tolerance, i) for i, path in enumerate(chosen, 1)])
            found += [end for end in ends if end is not None]
            if any(end.outcome.reason is not StopReason.DEGENERATE for end in [*self.ends, *found]):
                break
            # What is degenerate is no answer while there is another: the next in line take their turn.
            screened = [path for path in screened if path not in chosen]
        return found

    def spread_out(self, screened: list[ClimbPath], kept: int) -> list[ClimbPath]:
        """The best short runs, not too many of which group the rows alike."""
        room = max(1, kept // CROWD_SHARE)
        if len(screened) <= max(room, 1):
            return screened
        labels = posteriors(self.context.model, [path.theta for path in screened], self.context.sample).labels
        alike = adjusted_rand_indices(labels) > ALIKE
        chosen: list[int] = []
        for i in range(len(screened)):
            if len(chosen) == kept:
                break
            if sum(alike[i, j] for j in chosen) < room:
                chosen.append(i)
        return [screened[i] for i in chosen]

    def screened(self, make: Start) -> Asking[ClimbPath | None]:
        """A few plain passes from a start; None (and counted) if it collapses."""
        try:
            theta = yield from make()
            leg = Leg(self.context.question(theta), plain, 0.0, min(self.rules.short, self.rules.max_iterations))
            outcome = yield from leg.walk(self.rules.stop, None, self.rules.out_of_time)
        except Collapsed:
            self.failed += 1
            return None
        self.watch("screen", 0, self.per_round, outcome.step)
        return ClimbPath(theta).followed(leg, outcome)

    def climbed(self, path: ClimbPath, tolerance: float, number: int) -> Asking[LocalOptimum | None]:
        """The end of the climb from the end of a path; None (and counted) if it collapses."""
        try:
            path, outcome = yield from self.prolonged(path, tolerance, number)
        except Collapsed:
            self.failed += 1
            return None
        return LocalOptimum(path, outcome, self.context)

    def prolonged(self, path: ClimbPath, tolerance: float, number: int) -> Asking[tuple[ClimbPath, Outcome[Step]]]:
        """The path climbed on to the tolerance, as far as the limit of iterations for a start allows."""
        rules, left = self.rules, self.rules.max_iterations - path.passes
        if path.last is not None and left <= 0:
            return path, path.last
        if rules.round_limit is not None and not self.finishing:
            left = min(left, rules.round_limit)
        leg = Leg(self.context.question(path.theta), rules.climb, tolerance, left, path.passes)
        give_up = partial(self.give_up, self.top if number else np.inf)
        outcome = yield from leg.walk(
            rules.stop, partial(self.watch, "polish", number, self.per_round), rules.out_of_time, give_up
        )
        return path.followed(leg, outcome), outcome

    def give_up(self, top: float, step: Step) -> StopReason | None:
        """Why a climb is not worth going on with: a likelihood that has no maximum has no end, and what still expects
        next to nothing of what it is behind the best end will not come up to it."""
        if step.degenerate:
            return StopReason.DEGENERATE if step.iteration > (LONG_ENOUGH if self.finishing else PATIENCE) else None
        gap = top - step.log_likelihood if np.isfinite(top) else 0.0
        return StopReason.BEHIND if step.iteration > PATIENCE and step.predicted_gain < HOPELESS * gap else None


def sound_top(ends: list[LocalOptimum]) -> float:
    """The log-likelihood that others may be behind: of the preferred end, unless something speaks against it."""
    best = preferred(ends) if ends else None
    return -np.inf if best is None or best.soundness.suspicious else best.log_likelihood


def as_list(asker: Asking[LocalOptimum | None]) -> Asking[list[LocalOptimum]]:
    """What an asker found, if it found something."""
    found = yield from asker
    return [] if found is None else [found]


def as_it_is(theta: FloatArray) -> Asking[FloatArray]:
    """A start that was given."""
    yield from ()
    return theta


def distinct(ends: list[LocalOptimum]) -> list[LocalOptimum]:
    """The ends without repetitions: the preferred one first, then by likelihood."""
    found: list[LocalOptimum] = [preferred(ends)] if ends else []
    for end in sorted(ends, key=lambda end: -end.log_likelihood):
        if all(abs(end.log_likelihood - other.log_likelihood) > SAME for other in found):
            found.append(end)
    return found


def preferred(ends: list[LocalOptimum]) -> LocalOptimum:
    """The most likely sound end; a suspicious one only if it also predicts left-out rows better.

    An end that a floor holds up never beats one that stands by itself: its likelihood is the floor's making, and
    equal values predict each other, so leaving one out reveals nothing.
    """
    order = sorted(ends, key=lambda end: -end.log_likelihood)
    standing = [end for end in order if not end.soundness.at_floor] if order[0].soundness.at_floor else order
    standing = standing or order
    if not standing[0].soundness.suspicious:
        return standing[0]
    standing = [end for end in order if not end.soundness.at_floor] or order
    sound = next((end for end in standing if not end.soundness.suspicious), None)
    if sound is None:
        return standing[0]
    rivals = [end for end in standing if end.soundness.leave_one_out > sound.soundness.leave_one_out]
    return max([sound, *rivals], key=lambda end: end.log_likelihood)


__all__ = ["Audit", "ClimbPath", "Leg", "LocalOptimum", "Rules", "Search", "distinct", "preferred"]
