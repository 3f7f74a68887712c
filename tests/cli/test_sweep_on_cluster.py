"""select-k on a cluster: few rows are brought here, passes over many are spread; the answer is that of one machine."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("distributed", reason="the cluster needs dask: pip install 'emcli[dask]'")

from emcli.engines import dask as engine
from emcli.tasks.select_k import run as select_k
from emcli.tasks.settings import EngineSettings, OutputSettings, SelectKSettings, SweepSettings

pytestmark = pytest.mark.slow

ROWS = 90  # of a part


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two clusters in three parts, with holes."""
    folder = tmp_path_factory.mktemp("sweep")
    rng = np.random.default_rng(8)
    for number in range(3):
        values = rng.normal(size=(ROWS, 2)) + 5.0 * rng.integers(2, size=(ROWS, 1))
        cells = np.where(rng.random((ROWS, 2)) < 0.1, "", np.char.mod("%.3f", values))
        (folder / f"part-{number}.csv").write_text("\n".join(["x,y", *map(",".join, cells)]) + "\n")
    return folder


def swept(parts: Path, **more: Any) -> tuple[list[Any], bytes, bytes]:
    """The scores, and the bytes of the table and of the best model."""
    running = more.pop("running", EngineSettings())
    settings = SelectKSettings(
        ks=("1-2",),
        input=str(parts / "part-*.csv"),
        sweep=SweepSettings(covariances=("diag",), starts=1),
        folds=2,
        bootstrap=2,
        best=str(parts / "best.yaml"),
        running=running,
        output=OutputSettings(str(parts / "scores.csv")),
        **more,
    )
    report = select_k(settings, lambda event: None)
    return list(report.rows), (parts / "scores.csv").read_bytes(), (parts / "best.yaml").read_bytes()


def passes_counted(monkeypatch: pytest.MonkeyPatch) -> list[None]:
    """One entry for every pass that the workers make."""
    made: list[None] = []
    walk = engine.Passes.reduce

    def counted(self: engine.Passes, function: Any) -> Any:
        made.append(None)
        return walk(self, function)

    monkeypatch.setattr(engine.Passes, "reduce", counted)
    return made


@pytest.fixture
def every_table_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    for limit in ("MANY_ROWS", "MANY_CELLS"):
        monkeypatch.setattr(f"emcli.tasks.backend.on_cluster.{limit}", 0)


def test_few_rows_are_brought_here_and_give_the_same_bytes(
    scheduler: Path, parts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = passes_counted(monkeypatch)
    there = swept(parts, running=EngineSettings(engine="dask", scheduler_file=str(scheduler)))
    assert there == swept(parts)
    assert made == []


@pytest.mark.usefixtures("every_table_is_large")
def test_passes_over_many_rows_are_made_where_they_lie_and_give_the_same_bytes(
    scheduler: Path, parts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = passes_counted(monkeypatch)
    there = swept(parts, running=EngineSettings(engine="dask", scheduler_file=str(scheduler)))
    assert there == swept(parts)
    assert made


@pytest.mark.usefixtures("every_table_is_large")
def test_a_sweep_on_a_cluster_ends_when_its_time_is_up(scheduler: Path, parts: Path) -> None:
    began = time.monotonic()
    running = EngineSettings(engine="dask", scheduler_file=str(scheduler))
    rows, _, _ = swept(parts, running=running, time_budget="1s")
    assert time.monotonic() - began < 30.0
    assert sum(row.chosen for row in rows) == 1
