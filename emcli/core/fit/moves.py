"""New starts from the best mixture so far: take one component away, split another.

A poor optimum usually has two components where one would do and one where two are needed.  Moves repair exactly
that and keep the rest, so they buy more than fresh starts.  They act on responsibilities, which makes them work for
every covariance model and any missing pattern.

responsibilities  (k, n)  of the current best mixture on the rows of the ground
"""

from __future__ import annotations

import numpy as np

from emcli.core.fit.starts import Ground, from_responsibilities
from emcli.core.model.mixture import Mixture
from emcli.data.table import FloatArray


def moved(ground: Ground, best: Mixture, responsibilities: FloatArray, rng: np.random.Generator) -> Mixture:
    """A start made from the best mixture by dropping or merging one component and splitting another."""
    k = best.n_components
    lost = int(rng.integers(k))
    remaining = dropped(responsibilities, lost) if rng.random() < 0.5 else merged(responsibilities, lost, rng)
    return from_responsibilities(ground, best, split(ground, remaining, lost, rng))


def grown(ground: Ground, smaller: Mixture, responsibilities: FloatArray, rng: np.random.Generator) -> Mixture:
    """A start with one component more: one of a smaller mixture's components is split."""
    k = smaller.n_components + 1
    with_room = np.vstack([responsibilities, np.zeros(responsibilities.shape[1])])
    return from_responsibilities(ground, ground.copies(k), split(ground, with_room, k - 1, rng))


def split(ground: Ground, responsibilities: FloatArray, empty: int, rng: np.random.Generator) -> FloatArray:
    """The responsibilities after part of one component, drawn by its share of the rows, went to the empty one."""
    shares = responsibilities.sum(axis=1)
    parent = int(rng.choice(len(shares), p=shares / shares.sum()))
    side = halves(ground, responsibilities[parent], rng)
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


def halves(ground: Ground, membership: FloatArray, rng: np.random.Generator) -> FloatArray:
    """1.0 on the rows of one side, 0.0 on the other: a random plane, the main axis, or the ball around a row."""
    points = ground.whitened
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
