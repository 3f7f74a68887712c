"""Rows that count anew: replicates of the rows, as many side by side as memory holds.

The replicates of a group share the rows, their coordinates and every pass; each counts the rows in its own way.  Of
very many rows the counts of a replicate are the weights that the rows carry, and one is asked at a time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from emcli.core.fit.problem import Problem
from emcli.core.passes.case_weights import EVERYTHING, Replicates
from emcli.core.sweep.context import SweepContext
from emcli.data.blocks import weighted
from emcli.data.rows import FloatArray

MOST_COUNTS = 1 << 22  # of a group of replicates: 32 megabytes


@dataclass(frozen=True, eq=False)
class Group:
    """A problem, and the number with which each of some replicates is asked there; counts (R, n) of all rows."""

    problem: Problem
    numbers: tuple[int, ...]
    replicates: tuple[int, ...]
    counts: FloatArray


def groups(
    context: SweepContext, n_components: int, counts: Sequence[FloatArray] | Iterator[FloatArray]
) -> Iterator[Group]:
    """Replicates in groups; counts tells how often each row (n,) counts in each of them, one after the other."""
    rows = context.rows
    if rows.n > MOST_COUNTS:
        for i, one in enumerate(counts):
            alone = replace(context, rows=replace(rows, table=weighted(rows.table, one)))
            yield Group(alone.problem(n_components), (EVERYTHING,), (i,), one[None])
        return
    waiting: list[FloatArray] = []
    first, most = 0, max(1, MOST_COUNTS // max(rows.n, 1))
    for one in counts:
        waiting.append(one)
        if len(waiting) == most:
            yield together(context, n_components, waiting, first)
            first, waiting = first + most, []
    if waiting:
        yield together(context, n_components, waiting, first)


def together(context: SweepContext, n_components: int, counts: Sequence[FloatArray], first: int) -> Group:
    """Replicates that share the rows."""
    table = np.array(counts)
    problem = context.problem(n_components, Replicates(np.ascontiguousarray(table[:, context.rows.used])))
    numbers = tuple(range(1, len(table) + 1))
    return Group(problem, numbers, tuple(range(first, first + len(table))), table)
