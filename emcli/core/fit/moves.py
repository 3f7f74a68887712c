"""New starts from the best mixture so far: take one component away, split another.

A poor optimum usually has two components where one would do and one where two are needed.  Moves repair exactly
that and keep the rest, so they buy more than fresh starts.  They act on responsibilities, which makes them work for
every covariance model and any missing pattern, and lets a grouping found under one model be a start under another.

responsibilities  (k, n)  of a mixture on the rows of the context
"""

from __future__ import annotations

import numpy as np

from emcli.core.fit.asking import Asking
from emcli.core.fit.starts import StartContext, from_responsibilities
from emcli.data.rows import FloatArray


def moved(
    context: StartContext, best: FloatArray, responsibilities: FloatArray, rng: np.random.Generator
) -> Asking[FloatArray]:
    """A start made from the best mixture by dropping or merging one component and splitting another."""
    lost = int(rng.integers(len(responsibilities)))
    remaining = dropped(responsibilities, lost) if rng.random() < 0.5 else merged(responsibilities, lost, rng)
    return from_responsibilities(context, best, split(context, remaining, lost, rng))


def grown(context: StartContext, responsibilities: FloatArray, rng: np.random.Generator) -> Asking[FloatArray]:
    """A start with one component more: one of a smaller mixture's components is split."""
    k = len(responsibilities) + 1
    with_room = np.vstack([responsibilities, np.zeros(responsibilities.shape[1])])
    return from_responsibilities(context, context.copied(k), split(context, with_room, k - 1, rng))


def shrunk(context: StartContext, responsibilities: FloatArray, rng: np.random.Generator) -> Asking[FloatArray]:
    """A start with one component less: one of a larger mixture's components goes to another."""
    k = len(responsibilities) - 1
    lost = int(rng.integers(k + 1))
    remaining = np.delete(merged(responsibilities, lost, rng), lost, axis=0)
    return from_responsibilities(context, context.copied(k), remaining)


def taken_over(context: StartContext, responsibilities: FloatArray) -> Asking[FloatArray]:
    """The grouping of another model as a start."""
    return from_responsibilities(context, context.copied(len(responsibilities)), responsibilities)


def split(context: StartContext, responsibilities: FloatArray, empty: int, rng: np.random.Generator) -> FloatArray:
    """The responsibilities after part of one component, drawn by its share of the rows, went to the empty one."""
    shares = responsibilities.sum(axis=1)
    parent = int(rng.choice(len(shares), p=shares / shares.sum()))
    side = halves(context, responsibilities[parent], rng)
    parts = responsibilities.copy()
    parts[empty] = responsibilities[parent] * side
    parts[parent] = responsibilities[parent] * (1.0 - side)
    return parts


def dropped(responsibilities: FloatArray, lost: int) -> FloatArray:
    """The component's rows go to the others, in proportion."""
    remaining = responsibilities.copy()
    remaining[lost] = 0.0
    totals = remaining.sum(axis=0)
    homeless = totals < 1e-12  # rows that belonged to the lost component alone: shared out evenly
    remaining[:, homeless] = 1.0 / (len(remaining) - 1)
    remaining[lost] = 0.0
    remaining /= remaining.sum(axis=0)
    # What belongs to a background goes to no component; without one, rows belong to the components wholly.
    members = responsibilities.sum(axis=0)
    remaining *= np.where(members > 1.0 - 1e-9, 1.0, members)
    return remaining


def merged(responsibilities: FloatArray, lost: int, rng: np.random.Generator) -> FloatArray:
    """The component's rows go to one other component."""
    remaining = responsibilities.copy()
    others = np.delete(np.arange(len(remaining)), lost)
    remaining[int(rng.choice(others))] += remaining[lost]
    remaining[lost] = 0.0
    return remaining


def halves(context: StartContext, membership: FloatArray, rng: np.random.Generator) -> FloatArray:
    """1.0 on the rows of one side, 0.0 on the other: a random plane, the main axis, or the ball around a row."""
    points = context.whitened
    weights = membership / membership.sum()
    centred = points - weights @ points
    way = int(rng.integers(3))
    if way == 2:
        row = int(rng.choice(len(points), p=weights))
        distances = ((points - points[row]) ** 2).sum(axis=1)
        return np.asarray(distances < weighted_median(distances, weights), dtype=float)
    if way == 1:
        main_axis: FloatArray = np.linalg.eigh((centred * weights[:, None]).T @ centred)[1][:, -1]
        return np.asarray(centred @ main_axis > 0.0, dtype=float)
    return np.asarray(centred @ rng.normal(size=points.shape[1]) > 0.0, dtype=float)


def weighted_median(values: FloatArray, weights: FloatArray) -> float:
    """The value that half of the weight lies below."""
    order = np.argsort(values, kind="stable")
    cumulated = np.cumsum(weights[order])
    return float(values[order[int(np.searchsorted(cumulated, 0.5 * cumulated[-1]))]])
