"""Bins of a sensible width from counts in narrow cells.

The width is that of Scott (1979), 3.49 s / n^(1/3), with the spread s inside the components (that of all rows would
smooth the clusters away), held between a few and many bins.  Values that lie on a grid (tenths of a centimetre) get
bins that hold equally many points of the grid each, with borders between them: other bins would draw a comb.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from emcli.data.rows import FloatArray, IntArray

FEWEST, MOST = 8, 60  # bins
MOST_STEPS = 400  # steps of a grid between the lowest and the highest value: beyond, no comb can be seen


@dataclass(frozen=True, eq=False)
class Histogram:
    """edges (b + 1,), heights (b,): the bins have area 1 with the cells outside; n_cells observed, n_outside."""

    edges: FloatArray
    heights: FloatArray
    n_cells: int
    n_outside: int


def histogram(cells: IntArray, low: float, high: float, spread: float, step: float | None) -> Histogram:
    """The histogram of a column from its narrow cells (c + 2,) between two limits.

    spread  standard deviation inside the components
    step    of the grid on which the values lie; None if they lie on none
    """
    inside = cells[1:-1]
    n, n_inside = int(cells.sum()), int(inside.sum())
    narrow = (high - low) / len(inside)
    if not n_inside:
        return Histogram(np.array([low, high]), np.zeros(1), n, n)
    held = np.flatnonzero(inside)
    first, last = int(held[0]), int(held[-1]) + 1
    below = np.concatenate([[0], np.cumsum(inside)])
    wanted = 3.49 * spread / narrow / n_inside ** (1.0 / 3.0)
    width = float(max(1.0, np.clip(wanted, (last - first) / MOST, (last - first) / FEWEST)))
    start = float(first)
    if step is not None and step >= 2.0 * narrow:
        steps = step / narrow
        width = max(1, round(width / steps)) * steps
        start = _first_point(inside, first, steps) - 0.5 * steps
    borders = start + width * np.arange(int(np.ceil((last - start) / width - 1e-9)) + 1)
    places = np.clip(np.rint(borders).astype(np.intp), 0, len(inside))
    counts = np.diff(below[places])
    heights: FloatArray = counts / (n * width * narrow)
    return Histogram(np.asarray(low + narrow * borders, dtype=np.float64), heights, n, n - n_inside)


def _first_point(inside: IntArray, first: int, steps: float) -> float:
    """Where, in narrow cells, the lowest point of the grid lies: the middle of the cells that agree with it."""
    held = np.flatnonzero(inside) + 0.5
    offsets = held - first - 0.5 - np.rint((held - first - 0.5) / steps) * steps
    return float(first + 0.5 + np.median(offsets))


def grid_step(values: FloatArray) -> float | None:
    """The step of the grid on which these values lie; None if they lie on none."""
    distinct = np.unique(values[~np.isnan(values)])
    if len(distinct) < 2:
        return None
    gaps = np.diff(distinct)
    span = float(distinct[-1] - distinct[0])
    gaps = gaps[gaps > 1e-9 * span]
    step = float(gaps.min())
    if span / step > MOST_STEPS:
        return None
    multiples = gaps / step
    return step if bool((np.abs(multiples - np.rint(multiples)) < 1e-3).all()) else None
