"""Blocks: a fit does not know where they lie."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import pytest

from emcli.core.fit.fitting import FitOptions, fit_blocks, fit_mixture
from emcli.core.rows.engine import Serial
from emcli.data import blocks
from emcli.data.blocks import Blocks, gathered, in_blocks, kept, spread_out, taken, together, walk
from emcli.data.chunk import Chunk, CutBlocks
from emcli.data.rows import Numbers
from emcli.engines.threads import Threads
from emcli.io.read.store.block_file import unnamed_file
from emcli.io.read.store.row_store import RowStore
from emcli.io.read.tables.numeric_table import ColumnChoice, Keeping, read_numeric
from emcli.io.read.tables.table_source import open_table

from ..core.grounds import clusters


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "MOST_ROWS", 256)


def holes(n: int = 1000) -> np.ndarray:
    rng = np.random.default_rng(3)
    values = clusters(n, 3)
    values[rng.random(values.shape) < 0.2] = np.nan
    values[4] = np.nan
    return values


def stored(values: np.ndarray, memory: int | None, rows_of_part: int) -> Blocks:
    """Rows as a reader hands them over."""
    store = RowStore(3, memory, unnamed_file)
    for start in range(0, len(values), 50):
        store.append(values[start : start + 50], start // rows_of_part)
    return store.release([0, 1, 2], None)


@pytest.mark.parametrize("covariance", ["full", "diag"])
def test_a_table_on_disk_gives_the_bits_of_one_in_memory(covariance: str) -> None:
    values = holes()
    fits = []
    for memory in (None, 0):
        rows = stored(values, memory, 1000)
        assert (rows.sizes, rows.parts) == ((256, 256, 256, 232), (0, 0, 0, 0))
        assert rows.in_memory == (memory is None)
        fits.append(fit_blocks(rows, FitOptions(2, covariance, n_starts=2), make_engine=partial(Threads, n_threads=2)))
    fits.append(fit_mixture(values, np.ones(1000), FitOptions(2, covariance, n_starts=2)))
    first, *others = [(*fit.mixture.family.means.ravel(), *fit.history, fit.criteria.icl) for fit in fits]
    assert all(other == first for other in others)


@pytest.mark.parametrize("memory", [None, 0])
def test_sums_are_made_of_parts_wherever_their_blocks_lie(memory: int | None) -> None:
    values = holes()
    values[400:800] = np.nan  # a part of which nothing is left
    rows = kept(stored(values, memory, 400), complete)
    assert rows.parts == (0, 0, 1, 1, 2)
    first, last = (kept(stored(part, None, 400), complete) for part in (values[:400], values[800:]))
    expected = Serial(CutBlocks(first, 16)).reduce(total) + Serial(CutBlocks(last, 16)).reduce(total)
    assert Serial(CutBlocks(rows, 16)).reduce(total) == Threads(CutBlocks(rows, 16), 2).reduce(total) == expected
    assert gathered(rows).values.sum() == pytest.approx(expected)


def complete(numbers: Numbers) -> np.ndarray:
    return ~np.isnan(numbers.values).any(axis=1)


def total(chunk: Chunk) -> float:
    return float(chunk.values.sum())


def test_rows_are_found_by_position_and_by_property() -> None:
    values = np.arange(2000.0).reshape(1000, 2)
    rows = in_blocks(values, np.arange(1000.0))
    some = taken(rows, np.array([0, 255, 256, 999]))
    assert some.values[:, 0].tolist() == [0.0, 510.0, 512.0, 1998.0]
    assert some.case_weights.tolist() == [0.0, 255.0, 256.0, 999.0]
    assert spread_out(rows, 100).case_weights.tolist() == list(range(0, 1000, 10))
    heavy = kept(rows, lambda numbers: numbers.case_weights >= 300.0)
    assert heavy.sizes == (0, 212, 256, 232)
    assert together(list(walk(heavy)), 2).values.tolist() == values[300:].tolist()
    assert kept(rows, lambda numbers: np.ones(numbers.n_rows, dtype=bool)) is rows


def test_a_cache_is_found_again_and_forgotten_when_the_table_changes(tmp_path: Path) -> None:
    path, folder = tmp_path / "x.csv", tmp_path / "cache"

    def read(text: str) -> tuple[Numbers, tuple[str, ...], str]:
        path.write_text(text)
        with open_table(str(path)) as source:
            table = read_numeric(source, ColumnChoice(), Keeping(cache=str(folder)))
            return together(list(walk(table.rows)), 2), table.notes, table.sha256

    text = "a,b,t\n" + "".join(f"{i % 7},{i % 5},x\n" for i in range(600))
    first, again = read(text), read(text)
    assert [file.suffix for file in folder.iterdir()] == [".emcli-rows"]
    assert again[0].values.tolist() == first[0].values.tolist()
    assert again[1:] == first[1:]
    assert read(text + "9,9,x\n")[0].n_rows == 601
    assert len(list(folder.iterdir())) == 2
    for file in folder.iterdir():
        file.write_bytes(file.read_bytes()[:-1])
    assert read(text)[0].values.tolist() == first[0].values.tolist()
