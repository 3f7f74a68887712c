"""From many starts to the best optimum, with an account of how sure that is.

Fresh starts get a few passes each; the most promising are climbed to a loose tolerance.  Then come rounds in which
half of the candidates are moves from the best mixture found so far, until several rounds bring nothing better.  The
best few distinct ends are climbed to the wanted tolerance.  One bad start never ends the search: it is counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from emcli.core.fit.acceleration import Steps, plain
from emcli.core.fit.em import Climb, Step
from emcli.core.fit.moves import grown, moved
from emcli.core.fit.posterior import posterior
from emcli.core.fit.starts import Generator, Ground
from emcli.core.fit.stopping import RULES, Outcome, climb_until
from emcli.core.judge.degeneracy import Soundness, examine
from emcli.core.model.mixture import Collapsed, Mixture
from emcli.core.statistics.agreement import adjusted_rand_index
from emcli.data.table import IntArray

SAME = 0.01  # nats: ends closer than this are the same optimum
SCREEN_PASSES = 5
SCREEN_TOLERANCE = 1e-3  # nats still to be had at which an end counts as reached
SCREENED_PER_START = 5  # short runs for every polished one
FINALISTS = 3
IDLE_ROUNDS = 3  # rounds without improvement after which the search ends
USUAL_STARTS = 10  # polished starts of a round when the number of starts is left open
OFTEN_ENOUGH = 5  # times the best must be met when the number of starts is left open: about 9 in 10 it is the best
MOST_ROUNDS = 40  # after which it ends nevertheless
SECOND_CHANCES = 4  # rounds of fresh starts after a first one of which nothing was left
CROWD_SHARE = 3  # one in so many climbs of a round may end at the same top
ALIKE = 0.9  # adjusted Rand index above which a short run is taken to lead to the top that groups the rows like it


@dataclass(frozen=True)
class Rules:
    """How far and how to climb; the fields of the fit's options that the search needs.

    n_starts     polished starts of the first round; 0: as many as usual, and rounds until the best was met often enough
    out_of_time  whether to end with the best so far
    """

    n_starts: int
    max_iterations: int
    tolerance: float
    stop: str
    steps: Steps
    generators: tuple[Generator, ...]
    out_of_time: Callable[[], bool] = lambda: False


@dataclass(frozen=True, eq=False)
class Leg:
    """One climb of a trail: from where, how, and how far; walking it again gives the same steps."""

    start: Mixture
    steps: Steps
    tolerance: float
    limit: int

    def walk(
        self,
        climb: Climb,
        stop: str,
        watch: Callable[[Step], None] | None = None,
        out_of_time: Callable[[], bool] | None = None,
    ) -> Outcome:
        """Climb to the tolerance or a limit; raises Collapsed if a component is lost on the way."""
        steps = self.steps(climb, self.start, self.tolerance)
        return climb_until(steps, RULES[stop], self.tolerance, self.limit, watch, out_of_time=out_of_time)


@dataclass(frozen=True, eq=False)
class Trail:
    """How far a start has come: where it is, by which legs, what it saw and cost on the way, how it last stopped."""

    mixture: Mixture
    legs: tuple[Leg, ...] = ()
    history: tuple[float, ...] = ()
    passes: int = 0
    last: Outcome | None = None

    @property
    def log_likelihood(self) -> float:
        return self.history[-1]

    def followed(self, leg: Leg, outcome: Outcome) -> Trail:
        """The trail after one more leg from where it ended."""
        leg = replace(leg, limit=min(leg.limit, outcome.step.iteration))  # as far as time allowed
        return Trail(
            outcome.step.mixture,
            (*self.legs, leg),
            self.history + outcome.history,
            self.passes + outcome.step.iteration,
            outcome,
        )


@dataclass(frozen=True, eq=False)
class End:
    """A local optimum on the rows of the ground, and what speaks against it."""

    trail: Trail
    outcome: Outcome
    soundness: Soundness

    @property
    def log_likelihood(self) -> float:
        return self.outcome.step.log_likelihood


@dataclass(frozen=True)
class Audit:
    """How the search went: starts polished, failed, and how many ends met the best optimum."""

    tried: int
    failed: int
    agree: int


Watch = Callable[[str, int, int, Step], None]
"""Called with the phase, the start, how many starts there are, and the step."""


class Crowds:
    """The tops that the climbs of one round ended at, and how many met there."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._met: list[tuple[float, IntArray, int]] = []

    def full_around(self, grouping: Callable[[], IntArray]) -> bool:
        """Whether a top that groups the rows much like this has been met often enough."""
        full = [there for _, there, n in self._met if n >= self._room]
        if not full:
            return False
        here = grouping()
        return any(adjusted_rand_index(there, here) > ALIKE for there in full)

    def join(self, log_likelihood: float, grouping: Callable[[], IntArray]) -> None:
        """One more climb that ended at this log-likelihood."""
        for i, (top, there, n) in enumerate(self._met):
            if abs(top - log_likelihood) < SAME:
                self._met[i] = (top, there, n + 1)
                return
        self._met.append((log_likelihood, grouping(), 1))


class Search:
    """The search for the best mixture of k components on the rows of a ground."""

    def __init__(self, climb: Climb, ground: Ground, rules: Rules, rng: np.random.Generator, watch: Watch) -> None:
        self.climb, self.ground, self.rules, self.rng, self.watch = climb, ground, rules, rng, watch
        self.ends: list[End] = []
        self.failed = 0

    def run(self, k: int, given: Sequence[Mixture] = ()) -> tuple[list[End], Audit]:
        """The best distinct ends, best first, climbed to the final tolerance; raises Collapsed if all failed.

        given  starts in working units besides the fresh ones: with k components, or k - 1 of which one is split
        """
        n = self.per_round
        fresh = [self.fresh(i, k) for i in range(SCREENED_PER_START * n)]
        self.round([*self.from_given(given, k), *fresh], n + len(given))
        for _ in range(SECOND_CHANCES):
            if not self.ends and not self.rules.out_of_time():
                self.round([self.fresh(i, k) for i in range(SCREENED_PER_START * n)], n)
        if k > 1 and n > 1:
            self.rounds(k)
        n_finalists = 1 if self.rules.out_of_time() else FINALISTS
        finalists = [self.climbed(end.trail, self.rules.tolerance, 0) for end in distinct(self.ends)[:n_finalists]]
        ranked = self.ranked(finalists)
        return ranked, Audit(len(self.ends) + self.failed, self.failed, max(self.met(ranked[0]), 1))

    def met(self, best: End | None = None) -> int:
        """How many ends reached the best optimum."""
        target = (best or preferred(self.ends)).log_likelihood
        return sum(abs(end.log_likelihood - target) < SAME for end in self.ends)

    @property
    def per_round(self) -> int:
        return self.rules.n_starts or USUAL_STARTS

    def ranked(self, ends: list[End | None]) -> list[End]:
        """The preferred end first, then the other optima by likelihood; raises Collapsed if there is none."""
        finished = [end for end in ends if end is not None]
        if not finished:
            raise Collapsed("every start collapsed")
        return distinct(finished)

    def rounds(self, k: int) -> None:
        """Half moves from the best, half fresh starts, until nothing better turns up for a while."""
        idle, n = 0, self.per_round
        for _ in range(MOST_ROUNDS):
            enough = idle >= IDLE_ROUNDS and (self.rules.n_starts or self.met() >= OFTEN_ENOUGH)
            if not self.ends or enough or self.rules.out_of_time():
                return
            best = preferred(self.ends)
            given = posterior(best.trail.mixture, self.ground)[0]
            half = 2 * n
            candidates = [partial(moved, self.ground, best.trail.mixture, given, self.rng)] * half
            self.round([*candidates, *(self.fresh(i, k) for i in range(half))], max(1, 4 * n // 5))
            better = preferred(self.ends)
            idle = 0 if better.log_likelihood > best.log_likelihood + SAME else idle + 1

    def from_given(self, given: Sequence[Mixture], k: int) -> Iterator[Callable[[], Mixture]]:
        """The given mixtures as starts; one that is a component short is split in several ways."""
        for mixture in given:
            if mixture.n_components == k:
                yield partial(replace, mixture)
                continue
            responsibilities = posterior(mixture, self.ground)[0]
            for _ in range(self.per_round):
                yield partial(grown, self.ground, mixture, responsibilities, self.rng)

    def fresh(self, i: int, k: int) -> Callable[[], Mixture]:
        """The i-th fresh start: the generators take turns."""
        generator = self.rules.generators[i % len(self.rules.generators)]
        return partial(generator, self.ground, k, self.rng)

    def round(self, starts: list[Callable[[], Mixture]], kept: int) -> None:
        """Short runs from all starts; the best distinct ones climb on and become ends.

        At most a third of them to the same top: most short runs from the neighbourhood of a good mixture look alike,
        and would leave no place for a start of another kind.
        """
        screened: list[Trail] = []
        for make in starts:
            if (screened or self.ends) and self.rules.out_of_time():
                break
            trail = self.screened(make)
            if trail is not None and all(abs(trail.log_likelihood - s.log_likelihood) > SAME for s in screened):
                screened.append(trail)
        screened.sort(key=lambda trail: -trail.log_likelihood)
        crowds, number = Crowds(max(1, kept // CROWD_SHARE)), 0
        for trail in screened:
            if number == kept or (self.ends and self.rules.out_of_time()):
                return
            if crowds.full_around(partial(self.grouping, trail.mixture)):
                continue
            number += 1
            end = self.climbed(trail, max(self.rules.tolerance, SCREEN_TOLERANCE), number)
            if end is not None:
                self.ends.append(end)
                crowds.join(end.log_likelihood, partial(self.grouping, end.trail.mixture))

    def grouping(self, mixture: Mixture) -> IntArray:
        """The most probable component (n,) of every row of the ground."""
        return np.asarray(posterior(mixture, self.ground)[0].argmax(axis=0))

    def screened(self, make: Callable[[], Mixture]) -> Trail | None:
        """A few plain passes from a start; None (and counted) if it collapses."""
        try:
            start = make()
            leg = Leg(start, plain, 0.0, min(SCREEN_PASSES, self.rules.max_iterations))
            outcome = leg.walk(self.climb, self.rules.stop)
        except Collapsed:
            self.failed += 1
            return None
        self.watch("screen", 0, self.per_round, outcome.step)
        return Trail(start).followed(leg, outcome)

    def climbed(self, trail: Trail, tolerance: float, number: int) -> End | None:
        """The end of the climb from the end of a trail; None (and counted) if it collapses."""
        try:
            trail, outcome = self.prolonged(trail, tolerance, number)
            soundness = examine(outcome.step.mixture, self.ground, outcome.step.log_likelihood)
        except Collapsed:
            self.failed += 1
            return None
        return End(trail, outcome, soundness)

    def prolonged(self, trail: Trail, tolerance: float, number: int) -> tuple[Trail, Outcome]:
        """The trail climbed on to the tolerance, as far as the limit of iterations for a start allows."""
        rules, left = self.rules, self.rules.max_iterations - trail.passes
        if trail.last is not None and left <= 0:
            return trail, trail.last
        leg = Leg(trail.mixture, rules.steps, tolerance, left)
        outcome = leg.walk(
            self.climb, rules.stop, lambda step: self.watch("polish", number, self.per_round, step), rules.out_of_time
        )
        return trail.followed(leg, outcome), outcome


def distinct(ends: list[End]) -> list[End]:
    """The ends without repetitions: the preferred one first, then by likelihood."""
    found: list[End] = [preferred(ends)] if ends else []
    for end in sorted(ends, key=lambda end: -end.log_likelihood):
        if all(abs(end.log_likelihood - other.log_likelihood) > SAME for other in found):
            found.append(end)
    return found


def preferred(ends: list[End]) -> End:
    """The most likely sound end; a suspicious one only if it also predicts left-out rows better.

    An end that a floor holds up never beats one that stands by itself: its likelihood is the floor's making, and
    equal values predict each other, so leaving one out reveals nothing.
    """
    standing = [end for end in ends if not end.soundness.at_floor] or ends
    best = max(standing, key=lambda end: end.log_likelihood)
    clean = [end for end in standing if not end.soundness.suspicious]
    if not clean or not best.soundness.suspicious:
        return best
    sound = max(clean, key=lambda end: end.log_likelihood)
    rivals = [end for end in standing if end.soundness.leave_one_out > sound.soundness.leave_one_out]
    return max([sound, *rivals], key=lambda end: end.log_likelihood)
