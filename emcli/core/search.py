"""From many starts to the best optimum, with an account of how sure that is.

Fresh starts get a few passes each; the most promising are climbed to a loose tolerance.  Then come rounds in which
half of the candidates are moves from the best mixture found so far, until several rounds bring nothing better.  The
best few distinct ends are climbed to the wanted tolerance.  One bad start never ends the search: it is counted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from emcli.core.acceleration import Steps
from emcli.core.degeneracy import Soundness, examine
from emcli.core.em import Climb, Step, em_steps
from emcli.core.mixture import Collapsed, Mixture
from emcli.core.moves import moved, responsibilities_of
from emcli.core.starts import Generator, Ground
from emcli.core.stopping import RULES, Outcome, climb_until

SAME = 0.01  # nats: ends closer than this are the same optimum
SCREEN_PASSES = 5
SCREEN_TOLERANCE = 1e-3  # nats still to be had at which an end counts as reached
SCREENED_PER_START = 5  # short runs for every polished one
FINALISTS = 3
IDLE_ROUNDS = 3  # rounds without improvement after which the search ends


@dataclass(frozen=True)
class Rules:
    """How far and how to climb; the fields of the fit's options that the search needs."""

    n_starts: int
    max_iterations: int
    tolerance: float
    stop: str
    steps: Steps
    generators: tuple[Generator, ...]


@dataclass(frozen=True, eq=False)
class End:
    """A local optimum on the rows of the ground, and what speaks against it."""

    outcome: Outcome
    soundness: Soundness

    @property
    def log_likelihood(self) -> float:
        return self.outcome.step.log_likelihood

    @property
    def mixture(self) -> Mixture:
        return self.outcome.step.mixture


@dataclass(frozen=True)
class Audit:
    """How the search went: starts polished, failed, and how many ends met the best optimum."""

    tried: int
    failed: int
    agree: int


Watch = Callable[[str, int, int, Step], None]
"""Called with the phase, the start, how many starts there are, and the step."""


class Search:
    """The search for the best mixture of k components on the rows of a ground."""

    def __init__(self, climb: Climb, ground: Ground, rules: Rules, rng: np.random.Generator, watch: Watch) -> None:
        self.climb, self.ground, self.rules, self.rng, self.watch = climb, ground, rules, rng, watch
        self.ends: list[End] = []
        self.failed = 0

    def run(self, k: int) -> tuple[list[End], Audit]:
        """The best distinct ends, best first, climbed to the final tolerance; raises Collapsed if all failed."""
        n = self.rules.n_starts
        self.round([self.fresh(i, k) for i in range(SCREENED_PER_START * n)], n)
        if k > 1 and n > 1:
            self.rounds(k)
        finalists = [self.climbed(end.mixture, self.rules.tolerance, 0) for end in self.distinct()[:FINALISTS]]
        ranked = self.ranked(finalists)
        agree = sum(abs(end.log_likelihood - ranked[0].log_likelihood) < SAME for end in self.ends)
        return ranked, Audit(len(self.ends) + self.failed, self.failed, max(agree, 1))

    def ranked(self, ends: list[End | None]) -> list[End]:
        """The preferred end first, then the others by likelihood; raises Collapsed if there is none."""
        finished = sorted((end for end in ends if end), key=lambda end: -end.log_likelihood)
        if not finished:
            raise Collapsed("every start collapsed")
        best = preferred(finished)
        return [best, *(end for end in finished if end is not best)]

    def rounds(self, k: int) -> None:
        """Half moves from the best, half fresh starts, until nothing better turns up for a while."""
        idle, n = 0, self.rules.n_starts
        while idle < IDLE_ROUNDS and self.ends:
            best = preferred(self.ends)
            given = responsibilities_of(best.mixture, self.ground)
            half = 2 * n
            candidates = [lambda: moved(self.ground, best.mixture, given, self.rng) for _ in range(half)]
            self.round([*candidates, *(self.fresh(i, k) for i in range(half))], max(1, 4 * n // 5))
            better = preferred(self.ends)
            idle = 0 if better.log_likelihood > best.log_likelihood + SAME else idle + 1

    def fresh(self, i: int, k: int) -> Callable[[], Mixture]:
        """The i-th fresh start: the generators take turns."""
        generator = self.rules.generators[i % len(self.rules.generators)]
        return lambda: generator(self.ground, k, self.rng)

    def round(self, starts: list[Callable[[], Mixture]], kept: int) -> None:
        """Short runs from all starts; the best distinct ones climb on and become ends."""
        screened: list[Step] = []
        for make in starts:
            step = self.screened(make)
            if step is not None and all(abs(step.log_likelihood - s.log_likelihood) > SAME for s in screened):
                screened.append(step)
        screened.sort(key=lambda step: -step.log_likelihood)
        for number, step in enumerate(screened[:kept], 1):
            end = self.climbed(step.mixture, max(self.rules.tolerance, SCREEN_TOLERANCE), number)
            if end is not None:
                self.ends.append(end)

    def screened(self, make: Callable[[], Mixture]) -> Step | None:
        """A few plain passes from a start; None (and counted) if it collapses."""
        try:
            for step in em_steps(self.climb, make()):
                if step.iteration >= min(SCREEN_PASSES, self.rules.max_iterations):
                    self.watch("screen", 0, self.rules.n_starts, step)
                    return step
        except Collapsed:
            self.failed += 1
        return None

    def climbed(self, mixture: Mixture, tolerance: float, number: int) -> End | None:
        """The end of the climb from a mixture; None (and counted) if it collapses."""
        rules = self.rules
        try:
            outcome = climb_until(
                rules.steps(self.climb, mixture, tolerance),
                RULES[rules.stop],
                tolerance,
                rules.max_iterations,
                lambda step: self.watch("polish", number, rules.n_starts, step),
            )
            return End(outcome, examine(outcome.step.mixture, self.ground, outcome.step.log_likelihood))
        except Collapsed:
            self.failed += 1
            return None

    def distinct(self) -> list[End]:
        """The ends without repetitions: the preferred one first, then by likelihood."""
        found: list[End] = []
        if self.ends:
            found.append(preferred(self.ends))
        for end in sorted(self.ends, key=lambda end: -end.log_likelihood):
            if all(abs(end.log_likelihood - other.log_likelihood) > SAME for other in found):
                found.append(end)
        return found


def preferred(ends: list[End]) -> End:
    """The most likely sound end; a suspicious one only if it also predicts left-out rows better."""
    best = max(ends, key=lambda end: end.log_likelihood)
    clean = [end for end in ends if not end.soundness.suspicious]
    if not clean or not best.soundness.suspicious:
        return best
    sound = max(clean, key=lambda end: end.log_likelihood)
    rivals = [
        end
        for end in ends
        if end.soundness.suspicious
        and end.log_likelihood > sound.log_likelihood
        and end.soundness.leave_one_out > sound.soundness.leave_one_out
    ]
    return max(rivals, key=lambda end: end.log_likelihood, default=sound)

