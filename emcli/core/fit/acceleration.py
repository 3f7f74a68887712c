"""Faster ways up than plain EM, none of which ever steps down.

EM creeps where components overlap or cells are missing: its error shrinks by a constant factor close to 1 per
pass.  Both methods here use a few passes to guess where the sequence is heading:

* SQUAREM (Varadhan & Roland 2008) squares the step along the last two differences; robust on plateaus.
* Anderson acceleration combines the last few passes by least squares (Henderson & Varadhan 2019 use it,
  damped, for EM); far better on smooth overlap.

A guess is kept only if it is a mixture, lies above the covariance floor, and is at least as likely as where we are;
otherwise the plain EM step is taken, which cannot fail.  `hybrid` uses Anderson while its guesses are accepted and
SQUAREM in between.

theta  parameter vector: see `parameters`
f      M(theta) - theta, the plain EM step
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator

import numpy as np

from emcli.core.fit.asking import Answer, Question
from emcli.core.fit.climbs import Aitken, Climb, Climbing, Step, Walk, plain
from emcli.data.rows import FloatArray

WARM_UP = 10  # plain passes before the first guess: the early path is not yet geometric
MEMORY = 5  # differences that Anderson combines; more are nearly dependent
STEP_FACTOR = 4.0  # how fast SQUAREM's bound on its step grows and shrinks, as its authors set it
LONGEST_PAUSE = 16  # SQUAREM cycles before Anderson is tried again
DEPENDENT = 1e-8  # a difference that adds less than this to the span of the newer ones is dropped


class Guided(Walk):
    """A walk that remembers its recent passes, for Anderson, and how far SQUAREM may go."""

    def __init__(self, start: Question) -> None:
        super().__init__(start)
        self.history: deque[tuple[FloatArray, FloatArray]] = deque(maxlen=MEMORY + 1)
        self.bound = 1.0

    def begin(self) -> Climbing:
        """The first pass."""
        yield from self.advance(self.start.theta)

    def advance(self, theta: FloatArray | None = None) -> Climbing:
        """The plain EM step, or the first one from theta."""
        here = yield from self.move(self.here.successor if theta is None else theta)
        self.remember(here)

    def remember(self, here: Answer) -> None:
        self.history.append((here.theta, here.successor - here.theta))

    def attempt(self, theta: FloatArray, at_least: Answer) -> Generator[Question | Step, Answer | None, bool]:
        """Move to theta if it is a mixture no less likely than the given pass."""
        there = yield from self.evaluate(theta, strict=True)
        if not (there.usable and there.log_likelihood >= at_least.log_likelihood - at_least.rounding):
            return False
        self.here = there
        self.remember(there)
        return True


def squarem_cycle(walk: Guided) -> Climbing:
    """Two plain passes and the squared step they suggest; tells what is still to be had."""
    start = walk.here
    yield from walk.advance()
    middle = walk.here
    yield walk.step()
    r = middle.theta - start.theta
    v = middle.successor - middle.theta - r
    norm = float(np.sqrt(v @ v))
    wanted = float(np.sqrt(r @ r)) / norm if norm > 0.0 else 1.0
    length = max(1.0, min(wanted, walk.bound))
    accepted = False
    if length > 1.0:
        accepted = yield from walk.attempt(start.theta + 2.0 * length * r + length**2 * v, middle)
    if accepted or length == 1.0:
        walk.bound *= STEP_FACTOR if length == walk.bound else 1.0
    else:
        walk.bound = max(1.0, walk.bound / STEP_FACTOR)
    if not accepted:
        yield from walk.advance()
    gain = middle.log_likelihood - start.log_likelihood
    yield walk.step(0.0 if gain <= start.rounding else gain * max(wanted, 1.0) / 2.0)


def anderson_guess(walk: Guided) -> FloatArray | None:
    """The combination of the recent passes with the smallest predicted residual; None while there are too few."""
    if len(walk.history) < 3:
        return None
    thetas, residuals = (np.array(column) for column in zip(*walk.history, strict=True))
    # (p, m), newest first; more differences than parameters would only repeat each other.
    differences = np.diff(residuals, axis=0)[::-1].T[:, : thetas.shape[1]]
    moves = np.diff(thetas, axis=0)[::-1].T[:, : thetas.shape[1]]
    q, r = np.linalg.qr(differences)
    sizes = np.abs(np.diagonal(r))
    kept = int(np.argmax(np.append(sizes <= DEPENDENT * np.linalg.norm(differences, axis=0), True)))
    if kept == 0:
        return None
    gamma = np.linalg.solve(r[:kept, :kept], q[:, :kept].T @ residuals[-1])
    guess: FloatArray = thetas[-1] + residuals[-1] - (moves[:, :kept] + differences[:, :kept]) @ gamma
    return guess


def anderson_step(walk: Guided) -> Generator[Question | Step, Answer | None, bool]:
    """Move to Anderson's guess if that is no descent."""
    guess = anderson_guess(walk)
    if guess is None:
        return False
    return (yield from walk.attempt(guess, walk.here))


def squarem(start: Question, tolerance: float, passed: int = 0) -> Climbing:
    """SQUAREM cycles from the first pass on."""
    walk = Guided(start)
    yield from walk.begin()
    yield walk.step()
    while True:
        yield from squarem_cycle(walk)


def anderson(start: Question, tolerance: float, passed: int = 0) -> Climbing:
    """Anderson steps; a refused one is followed by three plain passes, which judge what is left."""
    walk = Guided(start)
    yield from warm_up(walk, passed)
    while True:
        yield from anderson_run(walk, tolerance)
        gains = Aitken()
        gains.predict(walk.here)
        for _ in range(3):
            yield from walk.advance()
            yield walk.step(gains.predict(walk.here))


def hybrid(start: Question, tolerance: float, passed: int = 0) -> Climbing:
    """Anderson while it is accepted, SQUAREM cycles in between, more of them after every refusal."""
    walk = Guided(start)
    yield from warm_up(walk, passed)
    pause = 1
    while True:
        for _ in range(pause):
            yield from squarem_cycle(walk)
        taken = yield from anderson_run(walk, tolerance)
        pause = 1 if taken else min(2 * pause, LONGEST_PAUSE)


def warm_up(walk: Guided, passed: int) -> Climbing:
    """The first plain passes, where so many were made before."""
    gains = Aitken()
    yield from walk.begin()
    yield walk.step(gains.predict(walk.here))
    for _ in range(max(WARM_UP - passed, 0)):
        yield from walk.advance()
        yield walk.step(gains.predict(walk.here))


def anderson_run(walk: Guided, tolerance: float) -> Generator[Question | Step, Answer | None, int]:
    """Anderson steps until one is refused or brings less than the tolerance; returns how many were taken."""
    taken = 0
    while True:
        before = walk.here
        if not (yield from anderson_step(walk)):
            walk.history.clear()
            return taken
        taken += 1
        yield walk.step()
        if walk.here.log_likelihood - before.log_likelihood < tolerance:
            return taken


ACCELERATIONS: dict[str, Climb] = {"auto": hybrid, "none": plain, "squarem": squarem, "anderson": anderson}
