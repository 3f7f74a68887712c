"""Rows on disk give the bytes of rows in memory, whatever is asked of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from emcli.core.complete.bootstrap import Drawing
from emcli.core.complete.completed_scale import CompletedScale
from emcli.core.complete.imputation import Imputer
from emcli.core.fit.asking import drive
from emcli.core.fit.fitting import fit_blocks
from emcli.core.fit.options import FitOptions
from emcli.core.model.plain import to_plain
from emcli.core.rows.holes import little_test, patterns_in
from emcli.core.sweep.bootstrap import Bootstrap
from emcli.core.sweep.context import SweepContext
from emcli.core.sweep.folds import fold_numbers
from emcli.core.sweep.rows import Rows
from emcli.core.sweep.scores import Score
from emcli.core.sweep.sweep import Sweep
from emcli.data.blocks import Blocks, walk
from emcli.data.membership import Beside, InBlocks, InPart, Wholly, compact
from emcli.data.rows import FloatArray
from emcli.io.read.store.block_file import unnamed_file
from emcli.io.read.store.row_store import RowStore
from emcli.tasks.impute import FromModel

ON_DISK, IN_MEMORY = 0, None
COLUMNS, OPTIONS = ("a", "b", "w"), FitOptions(2, n_starts=1, max_iterations=20)


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("emcli.data.blocks.MOST_ROWS", 64)


def stored(values: FloatArray, memory: int | None, *, weights: int | None = None) -> Blocks:
    n = values.shape[1]
    store = RowStore(n, memory, unnamed_file)
    store.append(values, 0)
    rows = store.release([j for j in range(n) if j != weights], weights)
    assert rows.in_memory == (memory is IN_MEMORY) and len(rows.sizes) == 5
    return rows


def gappy() -> FloatArray:
    rng = np.random.default_rng(3)
    rows = np.column_stack(
        [rng.normal(size=(300, 2)) + 4.0 * rng.integers(2, size=(300, 1)), rng.integers(3, size=300)]
    )
    rows[:, :2][rng.random((300, 2)) < 0.2] = np.nan
    return rows


def halves() -> FloatArray:
    share = np.random.default_rng(4).random(300)
    return np.column_stack([share, 1.0 - share])


def from_shares(memory: int | None) -> Beside:
    return InBlocks(stored(halves(), memory), np.ones(300, dtype=np.bool_))


def a_fit(memory: int | None, **changed: Any) -> Any:
    fitted = fit_blocks(stored(gappy(), memory, weights=2), replace(OPTIONS, **changed))
    return to_plain(fitted.mixture, COLUMNS[:2]), fitted.history


def a_sweep(memory: int | None) -> Any:
    rows = Rows(stored(gappy(), memory, weights=2), COLUMNS[:2])
    rows = replace(rows, folds=fold_numbers(rows.used, 2, np.random.default_rng(0)))
    context = SweepContext(rows, OPTIONS)
    scores = drive(Sweep(context, [1, 2], ["diag"]).run())
    again = {criterion: Bootstrap(context, scores, criterion, "best") for criterion in ("bic", "heldout")}
    for bootstrap in again.values():
        bootstrap.run(3)

    def told(score: Score) -> tuple[Any, ...]:
        assert score.fitted is not None and score.held_out is not None
        held_out = (score.held_out.per_row, score.held_out.standard_error)
        return (score.k, score.covariance, score.fitted.criteria.bic, *held_out, score.kmeans_loss)

    return [told(score) for score in scores], {name: (of.done, of.wins) for name, of in again.items()}


def the_holes(memory: int | None) -> Any:
    rows = stored(gappy()[:, :2], memory)
    test = little_test(rows, fit_blocks(rows, replace(OPTIONS, n_components=1)).mixture)
    found = patterns_in(rows)
    return test, found.observed.tolist(), found.counts.tolist()


def draws(memory: int | None) -> list[list[float]]:
    """The missing cells drawn under a refitted mixture: at once, or afterwards block by block."""
    rows = Rows(stored(gappy()[:, :2], memory), COLUMNS[:2])
    best, scale = fit_blocks(rows.table, OPTIONS), CompletedScale.plain(2)
    values = rows.values if memory is IN_MEMORY else None
    drawing = Drawing(SweepContext(rows, OPTIONS), best, OPTIONS, scale)
    (drawn,) = drawing.draws(values, [np.random.SeedSequence(1)], int(memory is IN_MEMORY))
    if memory is IN_MEMORY:
        return [drawn.cells[0].tolist()]
    fill = FromModel(Imputer(drawn.mixture, scale), drawn.rng)
    return [np.concatenate([fill(block.values)[np.isnan(block.values)] for block in walk(rows.table)]).tolist()]


ASKED: dict[str, Callable[[int | None], Any]] = {
    "fit": a_fit,
    "fit --labels": lambda memory: a_fit(memory, labels=compact([[-1] * 100, [0, 1] * 100], 2)),
    "fit --init COLUMN": lambda memory: a_fit(memory, init=Wholly(compact([[1, 0] * 150], 2), 2)),
    "fit --init TABLE": lambda memory: a_fit(memory, init=from_shares(memory)),
    "fit --noise": lambda memory: a_fit(memory, noise=True),
    "fit --family t": lambda memory: a_fit(memory, family="t"),
    "select-k": a_sweep,
    "missing": the_holes,
    "impute --draws": draws,
}


@pytest.mark.parametrize("asked", ASKED)
def test_where_rows_lie_changes_nothing(asked: str) -> None:
    assert ASKED[asked](ON_DISK) == ASKED[asked](IN_MEMORY)


def test_shares_in_blocks_are_those_of_an_array() -> None:
    keep, used = np.random.default_rng(5).random((2, 300)) < 0.7
    used = used[keep]
    whole = InPart(halves()[keep]).among(used)
    blocks = InBlocks(stored(halves(), ON_DISK), keep).among(used)
    rows = np.array([[5, 0, 90, int(used.sum()) - 1], [7, 8, -1, -1]])
    filled = rows >= 0
    np.testing.assert_array_equal(blocks.at(rows).swapaxes(1, 2)[filled], whole.at(rows).swapaxes(1, 2)[filled])
    assert compact([[200, -1]], 200).dtype == np.int16
