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
from collections.abc import Callable, Generator, Iterator

import numpy as np

from emcli.core.fit.em import Aitken, Climb, Pass, Step, change, em_steps
from emcli.core.model.mixture import Collapsed, Mixture
from emcli.core.model.parameters import pack, unpack
from emcli.data.table import FloatArray

WARM_UP = 10  # plain passes before the first guess: the early path is not yet geometric
MEMORY = 5  # differences that Anderson combines; more are nearly dependent
STEP_FACTOR = 4.0  # how fast SQUAREM's bound on its step grows and shrinks, as its authors set it
LONGEST_PAUSE = 16  # SQUAREM cycles before Anderson is tried again
DEPENDENT = 1e-8  # a difference that adds less than this to the span of the newer ones is dropped
UNKNOWN = float("nan")

Steps = Callable[[Climb, Mixture, float], Iterator[Step]]


class Walk:
    """Where a climb stands, how many passes it cost, and the recent passes for Anderson."""

    def __init__(self, climb: Climb, mixture: Mixture) -> None:
        self.climb = climb
        self.passes = 0
        self.history: deque[tuple[FloatArray, FloatArray]] = deque(maxlen=MEMORY + 1)
        self.bound = 1.0
        self.here = self.evaluate(mixture)

    def evaluate(self, mixture: Mixture) -> Pass:
        self.passes += 1
        here = self.climb.evaluate(mixture)
        theta = pack(mixture)
        self.history.append((theta, pack(here.successor) - theta))
        return here

    def attempt(self, theta: FloatArray, at_least: Pass) -> bool:
        """Move to theta if it is a mixture no less likely than the given pass."""
        candidate = unpack(theta, at_least.mixture)
        if candidate is None:
            return False
        try:
            there = self.evaluate(candidate)
        except Collapsed:
            return False
        if not there.log_likelihood >= at_least.log_likelihood - at_least.rounding:
            self.history.pop()
            return False
        self.here = there
        return True

    def advance(self) -> None:
        """The plain EM step."""
        self.here = self.evaluate(self.here.successor)

    def step(self, predicted: float = UNKNOWN) -> Step:
        here = self.here
        return Step(self.passes, here.mixture, here.log_likelihood, predicted, change(here))


def squarem_cycle(walk: Walk) -> Iterator[Step]:
    """Two plain passes and the squared step they suggest; tells what is still to be had."""
    start = walk.here
    walk.advance()
    middle = walk.here
    yield walk.step()
    theta = pack(start.mixture)
    r = pack(middle.mixture) - theta
    v = pack(middle.successor) - pack(middle.mixture) - r
    norm = float(np.linalg.norm(v))
    wanted = float(np.linalg.norm(r)) / norm if norm > 0.0 else 1.0
    length = max(1.0, min(wanted, walk.bound))
    accepted = length > 1.0 and walk.attempt(theta + 2.0 * length * r + length**2 * v, middle)
    if accepted or length == 1.0:
        walk.bound *= STEP_FACTOR if length == walk.bound else 1.0
    else:
        walk.bound = max(1.0, walk.bound / STEP_FACTOR)
    if not accepted:
        walk.advance()
    gain = middle.log_likelihood - start.log_likelihood
    yield walk.step(0.0 if gain <= start.rounding else gain * max(wanted, 1.0) / 2.0)


def anderson_step(walk: Walk) -> bool:
    """Move to the combination of the recent passes with the smallest predicted residual, if that is no descent."""
    if len(walk.history) < 3:
        return False
    thetas, residuals = (np.array(column) for column in zip(*walk.history, strict=True))
    # (p, m), newest first; more differences than parameters would only repeat each other.
    differences = np.diff(residuals, axis=0)[::-1].T[:, : thetas.shape[1]]
    moves = np.diff(thetas, axis=0)[::-1].T[:, : thetas.shape[1]]
    q, r = np.linalg.qr(differences)
    sizes = np.abs(np.diagonal(r))
    kept = int(np.argmax(np.append(sizes <= DEPENDENT * np.linalg.norm(differences, axis=0), True)))
    if kept == 0:
        return False
    gamma = np.linalg.solve(r[:kept, :kept], q[:, :kept].T @ residuals[-1])
    theta = thetas[-1] + residuals[-1] - (moves[:, :kept] + differences[:, :kept]) @ gamma
    return walk.attempt(theta, walk.here)


def plain(climb: Climb, mixture: Mixture, tolerance: float) -> Iterator[Step]:
    """EM itself."""
    return em_steps(climb, mixture)


def squarem(climb: Climb, mixture: Mixture, tolerance: float) -> Iterator[Step]:
    """SQUAREM cycles from the first pass on."""
    walk = Walk(climb, mixture)
    yield walk.step()
    while True:
        yield from squarem_cycle(walk)


def anderson(climb: Climb, mixture: Mixture, tolerance: float) -> Iterator[Step]:
    """Anderson steps; a refused one is followed by three plain passes, which judge what is left."""
    walk = Walk(climb, mixture)
    yield from warm_up(walk)
    while True:
        yield from anderson_run(walk, tolerance)
        gains = Aitken()
        gains.predict(walk.here)
        for _ in range(3):
            walk.advance()
            yield walk.step(gains.predict(walk.here))


def hybrid(climb: Climb, mixture: Mixture, tolerance: float) -> Iterator[Step]:
    """Anderson while it is accepted, SQUAREM cycles in between, more of them after every refusal."""
    walk = Walk(climb, mixture)
    yield from warm_up(walk)
    pause = 1
    while True:
        for _ in range(pause):
            yield from squarem_cycle(walk)
        taken = yield from anderson_run(walk, tolerance)
        pause = 1 if taken else min(2 * pause, LONGEST_PAUSE)


def warm_up(walk: Walk) -> Iterator[Step]:
    """The first plain passes."""
    gains = Aitken()
    yield walk.step(gains.predict(walk.here))
    for _ in range(WARM_UP):
        walk.advance()
        yield walk.step(gains.predict(walk.here))


def anderson_run(walk: Walk, tolerance: float) -> Generator[Step, None, int]:
    """Anderson steps until one is refused or brings less than the tolerance; returns how many were taken."""
    taken = 0
    while True:
        before = walk.here
        if not anderson_step(walk):
            walk.history.clear()
            return taken
        taken += 1
        yield walk.step()
        if walk.here.log_likelihood - before.log_likelihood < tolerance:
            return taken


ACCELERATIONS: dict[str, Steps] = {"auto": hybrid, "none": plain, "squarem": squarem, "anderson": anderson}
