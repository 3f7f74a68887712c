"""Folds are balanced, cover every row that counts, keep groups together and come from the seed alone."""

from __future__ import annotations

import numpy as np
import pytest

from emcli.core.sweep.folds import fold_numbers
from emcli.errors import CannotFit


def rng() -> np.random.Generator:
    return np.random.default_rng(7)


def test_every_row_that_counts_is_held_out_once_and_folds_differ_by_one_row_at_most() -> None:
    used = np.ones(103, dtype=bool)
    used[[3, 50]] = False
    folds = fold_numbers(used, 5, rng())
    assert (folds[~used] == -1).all()
    assert sorted(np.bincount(folds[used])) == [20, 20, 20, 20, 21]


def test_the_same_seed_gives_the_same_folds_and_another_seed_others() -> None:
    used = np.ones(60, dtype=bool)
    assert np.array_equal(fold_numbers(used, 4, rng()), fold_numbers(used, 4, rng()))
    assert not np.array_equal(fold_numbers(used, 4, rng()), fold_numbers(used, 4, np.random.default_rng(8)))


def test_a_group_is_held_out_as_a_whole_and_folds_are_as_even_as_groups_allow() -> None:
    groups = np.repeat(np.arange(12), [9, 1, 5, 3, 8, 2, 7, 4, 6, 6, 5, 4])
    folds = fold_numbers(np.ones(len(groups), dtype=bool), 3, rng(), groups)
    assert all(len(set(folds[groups == group])) == 1 for group in range(12))
    assert np.ptp(np.bincount(folds)) <= 2


def test_fewer_rows_or_groups_than_folds_are_refused() -> None:
    with pytest.raises(CannotFit, match="3 rows cannot make 5 folds"):
        fold_numbers(np.ones(3, dtype=bool), 5, rng())
    with pytest.raises(CannotFit, match="2 groups cannot make 3 folds"):
        fold_numbers(np.ones(6, dtype=bool), 3, rng(), np.array([0, 0, 0, 1, 1, 1]))
