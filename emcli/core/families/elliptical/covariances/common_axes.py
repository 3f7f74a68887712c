"""Components of equal orientation and different shape: EVE and VVE.

Sigma_k = lambda_k D A_k D' with one orthonormal D.  Given D, everything else follows from the diagonals F_k of
D' S_k D, and what is left is a function of D alone, to be made small:

    VVE   sum_k n_k log|F_k|                        (Flury's common principal components)
    EVE   n d log sum_k exp(log|F_k| / d)

Browne & McNicholas 2014 step towards its minimum by majorisation, safely but slowly.  Here D is turned in all planes
(i, j) at once by the angles of Newton's method (see `turns`), and the turn is halved until it improves, so
it is as safe and takes a few steps.  D sets out from the axes of the previous covariances, hence EM stays
monotone; without any, from the best of the axes of the pooled and of the single scatters.

All B mixtures of a stack turn at once, each until its own axes are at rest.

D        (B, d, d)  columns are the common axes of a mixture
turned   (C, d, d)  D' S_k D
shares   (C,)       derivative of the function by log|F_k|
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np

from emcli.core.families.elliptical.covariances.closed_forms import of_equal_volume
from emcli.core.families.elliptical.covariances.matrices import diagonals, eigen, symmetric
from emcli.core.families.elliptical.covariances.turns import apart, cayley, in_pairs, pull_of, together
from emcli.core.model.segments import Segments
from emcli.data.rows import BoolArray, FloatArray, IntArray

MOST_TURNS = 100
TURNS_ON = 1  # where there are previous covariances: EM comes again, and every turn is an improvement
SETTLED = 1e-13  # gain, relative to the rows, below which another turn only adds rounding
NEAR = 1e-2  # gain, relative to the rows, below which the end is near enough for the whole Hessian to be worth it
LAST = 1e-9  # gain, relative to the rows, after which the whole Hessian leaves nothing to gain
MOST_COLUMNS = 8  # for which it is worth it at all
SMALLEST = 2.0**-12  # the last try at halving a turn
AT_REST = 1e-20  # squared correlation between axes below which covariances are diagonal along them


@dataclass(frozen=True)
class Loss:
    """What is to be made small, as a function of counts (C,) and log|F_k| (C,), with its derivatives.

    The second derivative by L_k and L_l is coupling x (c_k if k = l, minus c_k c_l / n).
    """

    value: Callable[[FloatArray, FloatArray, Segments], FloatArray]
    shares: Callable[[FloatArray, FloatArray, Segments], FloatArray]
    coupling: float


VARYING = Loss(lambda counts, logs, segments: segments.total(counts * logs), lambda counts, logs, segments: counts, 0.0)
"""The loss of VVE."""


@cache
def equal_volumes(d: int) -> Loss:
    """The loss of EVE."""

    def value(counts: FloatArray, logs: FloatArray, segments: Segments) -> FloatArray:
        top = segments.largest(logs)
        roots = np.exp((logs - segments.each(top)) / d)
        return np.asarray(segments.total(counts) * (top + d * np.log(segments.total(roots))))

    def shares(counts: FloatArray, logs: FloatArray, segments: Segments) -> FloatArray:
        roots = np.exp((logs - segments.each(segments.largest(logs))) / d)
        return roots * segments.each(segments.total(counts) / segments.total(roots))

    return Loss(value, shares, 1.0 / d)


def vve(scatter: FloatArray, counts: FloatArray, segments: Segments, previous: FloatArray | None) -> FloatArray:
    """Each component's variances along the common axes: F_k / n_k."""
    axes, spreads = common_axes(Task(scatter, counts, segments, VARYING), previous)
    return along(segments.each(axes), spreads / counts[:, None])


def eve(scatter: FloatArray, counts: FloatArray, segments: Segments, previous: FloatArray | None) -> FloatArray:
    """As EVI along the common axes: lambda = sum_k |F_k|^(1/d) / n, A_k = F_k / |F_k|^(1/d)."""
    axes, spreads = common_axes(Task(scatter, counts, segments, equal_volumes(scatter.shape[1])), previous)
    roots = np.exp(np.log(spreads).mean(axis=1))
    return along(segments.each(axes), of_equal_volume(spreads, roots, counts, segments))


def along(axes: FloatArray, variances: FloatArray) -> FloatArray:
    """Covariances (C, d, d) with these variances (C, d) along the axes (C, d, d)."""
    return symmetric((axes * variances[:, None, :]) @ np.swapaxes(axes, 1, 2))


@dataclass(frozen=True, eq=False)
class Task:
    """Scatters (C, d, d) of some mixtures that are to be made as diagonal as can be, as a loss judges it."""

    scatter: FloatArray
    counts: FloatArray
    segments: Segments
    loss: Loss

    def only(self, mixtures: BoolArray | IntArray) -> Task:
        """The task for some of the mixtures."""
        segments, at = self.segments.only(mixtures)
        return Task(self.scatter[at], self.counts[at], segments, self.loss)

    def turned(self, axes: FloatArray) -> FloatArray:
        """D' S_k D."""
        axes = self.segments.each(axes)
        return np.asarray(np.swapaxes(axes, 1, 2) @ self.scatter @ axes)


def common_axes(task: Task, previous: FloatArray | None) -> tuple[FloatArray, FloatArray]:
    """The axes D (B, d, d) that make the loss smallest, as far as can be seen from where the search sets out, and the
    diagonals F_k (C, d) of the scatters along them."""
    if previous is not None:
        axes, turned = turned_to_rest(task, axes_of(previous, task.segments), TURNS_ON)
        return axes, diagonals(turned)
    axes = best_end(task)
    return axes, diagonals(task.turned(axes))


def best_end(task: Task) -> FloatArray:
    """The best axes (B, d, d) that are reached from those of the pooled and of each single scatter.

    A mixture of k components becomes k + 1 mixtures of the same components, one for each place to set out from.
    """
    segments = task.segments
    tries = Segments(segments.sizes + 1)
    copies = np.repeat(np.arange(segments.n_mixtures), tries.sizes)
    many = Segments(segments.sizes[copies])
    at = np.arange(many.n_components) + many.each(segments.starts[copies] - many.starts)
    repeated = Task(task.scatter[at], task.counts[at], many, task.loss)
    axes, turned = turned_to_rest(repeated, ends_to_start_from(task, tries))
    values = task.loss.value(repeated.counts, log_sizes(turned), many)
    worse = ~(values <= tries.each(tries.smallest(values)))
    numbers = np.arange(len(values)) + len(values) * worse
    best: IntArray = np.minimum.reduceat(numbers, tries.starts) % len(values)
    return axes[best]


def ends_to_start_from(task: Task, tries: Segments) -> FloatArray:
    """For each mixture the axes of its pooled scatter, and then of each of its scatters (B + C, d, d)."""
    sizes = diagonals(task.scatter).sum(axis=1)
    matrices = np.empty((tries.n_components, *task.scatter.shape[1:]))
    pooled = np.zeros(tries.n_components, dtype=bool)
    pooled[tries.starts] = True
    matrices[pooled], matrices[~pooled] = task.segments.total(task.scatter), task.scatter / sizes[:, None, None]
    return eigen(matrices)[1]


def axes_of(covariances: FloatArray, segments: Segments) -> FloatArray:
    """The axes (B, d, d) that the covariances of each mixture share.

    The eigenvectors of a sum of them, with weights too odd to make two axes equally long by chance; after
    such an accident they are turned until they fit all covariances, which is possible without a rest.
    """
    numbers = np.arange(segments.n_components) - segments.each(segments.starts)
    odd = 1.0 + np.modf(np.sqrt(2.0) * (1.0 + numbers))[0]
    weights = odd / diagonals(covariances).sum(axis=1)
    _, axes = eigen(segments.total(weights[:, None, None] * covariances))
    task = Task(covariances, np.ones(segments.n_components), segments, VARYING)
    fit = segments.all(are_diagonal(task.turned(axes)))
    if not fit.all():
        axes[~fit], _ = turned_to_rest(task.only(~fit), axes[~fit])
    return axes


def are_diagonal(matrices: FloatArray) -> BoolArray:
    """Whether each matrix (C,) has no correlations but rounding."""
    first, second, between = in_pairs(matrices)
    return np.asarray((between**2 <= AT_REST * (first * second)).all(axis=1))


def turned_to_rest(task: Task, axes: FloatArray, most: int = MOST_TURNS) -> tuple[FloatArray, FloatArray]:
    """The axes after turning them until no turn brings a gain worth the name, and the scatters along them."""
    found, found_turned = axes.copy(), task.turned(axes)
    search = Search(task.counts, task.segments, task.loss, found_turned, log_sizes(found_turned))
    mixtures, components = np.arange(len(axes)), np.arange(len(found_turned))
    for _ in range(most if axes.shape[1] > 1 else 0):
        angles, goes_on, ends = search.angles()
        if not goes_on.any():
            break
        if not goes_on.all():
            search, at = search.only(goes_on)
            angles, ends, mixtures, components = angles[goes_on], ends[goes_on], mixtures[goes_on], components[at]
        turns, search, better = search.step(angles)
        found[mixtures] = found[mixtures] @ turns
        found_turned[components] = search.turned
        goes_on = better & ~ends
        if not goes_on.all():
            search, at = search.only(goes_on)
            mixtures, components = mixtures[goes_on], components[at]
        if not len(mixtures):
            break
    return found, found_turned


@dataclass(frozen=True, eq=False)
class Search:
    """Where the search for the axes of some mixtures stands: scatters along them (C, d, d) and their log|F_k| (C,)."""

    counts: FloatArray
    segments: Segments
    loss: Loss
    turned: FloatArray
    logs: FloatArray

    def only(self, mixtures: BoolArray) -> tuple[Search, IntArray]:
        """The search for some of the mixtures, and where their components stand in this one."""
        segments, at = self.segments.only(mixtures)
        return Search(self.counts[at], segments, self.loss, self.turned[at], self.logs[at]), at

    @cached_property
    def value(self) -> FloatArray:
        """The loss (B,)."""
        return self.loss.value(self.counts, self.logs, self.segments)

    def angles(self) -> tuple[FloatArray, BoolArray, BoolArray]:
        """Angles (B, pairs) by which to turn axis i towards axis j, whether (B,) they promise any gain, and whether
        this will be the last turn that does: what Newton's method leaves is the square of what it had."""
        pull = pull_of(self.turned, self.loss.shares(self.counts, self.logs, self.segments), self.segments)
        angles, promised = apart(pull, self.loss.coupling)
        ends = np.zeros(len(angles), dtype=bool)
        near = promised < NEAR * pull.rows
        if 2 < self.turned.shape[1] <= MOST_COLUMNS and near.any():
            angles[near], promised[near], whole = together(
                pull.only(near), self.loss.coupling, angles[near], promised[near]
            )
            ends[near] = whole & (promised[near] < LAST * pull.rows[near])
        return angles, promised > SETTLED * pull.rows, ends

    def step(self, angles: FloatArray) -> tuple[FloatArray, Search, BoolArray]:
        """Turns (B, d, d) that improve, the search after them, and which mixtures (B,) found one.

        Each mixture's turn is halved until it improves; those for which none does stay where they are.
        """
        turns, after = self.after(angles)
        better = after.value < self.value
        step = 0.5
        while step > SMALLEST and not better.all():
            waiting, at = self.only(~better)
            tried, there = waiting.after(step * angles[~better])
            good = there.value < waiting.value
            turns[~better], after.turned[at], after.logs[at] = tried, there.turned, there.logs
            better[~better] = good
            step *= 0.5
        if not better.all():
            _, at = self.only(~better)
            turns[~better], after.turned[at], after.logs[at] = np.eye(turns.shape[1]), self.turned[at], self.logs[at]
        return turns, after, better

    def after(self, angles: FloatArray) -> tuple[FloatArray, Search]:
        """Turns (B, d, d) by these angles, and the search after them."""
        turns = cayley(angles, self.turned.shape[1])
        each_turn = self.segments.each(turns)
        turned = np.swapaxes(each_turn, 1, 2) @ self.turned @ each_turn
        return turns, Search(self.counts, self.segments, self.loss, turned, log_sizes(turned))


def log_sizes(turned: FloatArray) -> FloatArray:
    """log|F_k| (C,)."""
    return np.asarray(np.log(diagonals(turned)).sum(axis=1))
