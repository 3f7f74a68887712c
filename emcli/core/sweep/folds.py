"""Which rows are held out together: folds of nearly equal size, by a seeded permutation.

Rows of one group (a patient, a household, a day) resemble each other; were some of them held out while others are
learnt from, the held-out likelihood would flatter.  So a group is held out as a whole.
"""

from __future__ import annotations

import numpy as np

from emcli.data.membership import Labels
from emcli.data.rows import BoolArray, IntArray
from emcli.errors import CannotFit

STRETCH = 1 << 21  # rows that are shuffled together: 16 megabytes of row numbers


def fold_numbers(used: BoolArray, n_folds: int, rng: np.random.Generator, groups: Labels | None = None) -> Labels:
    """The fold (n,), from 0, in which each used row is held out; -1 for the others.

    Rows are shuffled within stretches, so that not all need to be numbered at a time.
    Raises CannotFit where there are fewer rows, or groups, than folds.
    """
    numbers = np.full(len(used), -1, dtype=np.min_scalar_type(-n_folds - 1))
    if groups is None:
        _enough(int(used.sum()), "row", n_folds)
        done = 0
        for begin in range(0, len(used), STRETCH):
            rows = begin + np.flatnonzero(used[begin : begin + STRETCH])
            numbers[rng.permutation(rows)] = (done + np.arange(len(rows))) % n_folds
            done += len(rows)
        return numbers
    rows = np.flatnonzero(used)
    names, members = np.unique(groups[rows], return_inverse=True)
    _enough(len(names), "group", n_folds)
    numbers[rows] = _balanced(np.bincount(members), n_folds, rng)[members]
    return numbers


def _balanced(sizes: IntArray, n_folds: int, rng: np.random.Generator) -> IntArray:
    """The fold of every group: the largest first, each to the fold with the fewest rows so far."""
    shuffled = rng.permutation(len(sizes))
    order = shuffled[np.argsort(-sizes[shuffled], kind="stable")]
    filled = np.zeros(n_folds, dtype=np.intp)
    chosen = np.empty(len(sizes), dtype=np.intp)
    for group in order:
        fold = int(filled.argmin())
        chosen[group] = fold
        filled[fold] += sizes[group]
    return chosen


def _enough(found: int, word: str, n_folds: int) -> None:
    if found < n_folds:
        raise CannotFit(
            f"{found} {word}{'s' * (found != 1)} cannot make {n_folds} folds",
            hint=f"use --folds {found}" if found > 1 else "choose by --criterion bic with --folds 0",
        )
