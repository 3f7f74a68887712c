"""The same commands on a Dask cluster: a scheduler and workers as processes of their own, as a user starts them."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from cluster_processes import started, wait_until, worker
from processes import EMCLI, Run, environment

pytest.importorskip("distributed", reason="the cluster needs dask: pip install 'emcli[dask]'")

import dask

from emcli.data.chunk import Chunk, cut
from emcli.engines import dask as engine
from emcli.errors import InputError, UsageError
from emcli.io.read.tables.numeric_table import ColumnChoice
from emcli.io.read.tables.read_options import ReadOptions
from emcli.tasks.backend.on_cluster import OnCluster, notes_on
from emcli.tasks.fit import run as fit
from emcli.tasks.model_rows.reports import ClusterFound
from emcli.tasks.settings import EngineSettings, FitSettings, FittingSettings, OutputSettings

pytestmark = pytest.mark.slow

ROWS = 5000  # of a part; three are more than what is searched as a whole
WHO = ("scheduler", "worker", "client")
QUICK = ("--starts", "2", "--tol", "1e-3")


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Parts of two tables: complete (c-*.csv) and with holes and weights (h-*.csv), columns in changing order."""
    folder = tmp_path_factory.mktemp("parts")
    rng = np.random.default_rng(3)
    centres = rng.normal(size=(3, 3)) * 4
    for number in range(3):
        values = centres[rng.integers(3, size=ROWS)] + rng.normal(size=(ROWS, 3))
        weights = rng.integers(1, 4, size=ROWS)
        for kind, holes in (("c", np.zeros((ROWS, 3), bool)), ("h", rng.random((ROWS, 3)) < 0.1)):
            cells = np.where(holes, "", np.char.mod("%.3f", values))
            table = np.column_stack([cells, weights.astype(str), np.full(ROWS, "text")])
            order = [0, 1, 2, 3, 4] if number != 1 else [4, 2, 0, 3, 1]
            names = np.array(["a", "b", "c", "w", "note"])[order]
            lines = [",".join(names), *map(",".join, table[:, order])]
            (folder / f"{kind}-{number}.csv").write_text("\n".join(lines) + "\n")
    return folder


@pytest.fixture(scope="module")
def local(parts: Path) -> dict[str, bytes]:
    """What this process makes of them."""
    return {kind: fitted(parts, kind) for kind in "ch"}


def fitted(parts: Path, kind: str, watch: Any = None, **running: Any) -> bytes:
    """The model file of a fit in this process, with the work done where `running` says."""
    output = parts / f"{kind}.yaml"
    settings = FitSettings(
        n_components=3,
        input=str(parts / f"{kind}-*.csv"),
        fitting=FittingSettings(starts=2, tolerance=1e-3),
        running=EngineSettings(**running),
        output=OutputSettings(str(output)),
    )
    fit(settings, watch)
    return output.read_bytes()


@pytest.mark.parametrize("kind", "ch")
def test_two_workers_write_the_model_of_one_machine_byte_for_byte(
    kind: str, scheduler: Path, parts: Path, local: dict[str, bytes]
) -> None:
    events: list[Any] = []
    assert fitted(parts, kind, events.append, engine="dask", scheduler_file=str(scheduler)) == local[kind]
    assert [event.n_workers for event in events if isinstance(event, ClusterFound)] == [2]


def test_row_weights_and_urls_mean_on_a_cluster_what_they_do_here(
    emcli: Run, scheduler: Path, parts: Path, tmp_path: Path
) -> None:
    for name, words in {"here.yaml": [], "there.yaml": ["--engine", "dask", "--scheduler-file", scheduler]}.items():
        done = emcli(
            "fit", f"file://{parts}/h-*.csv", "-k", 2, *QUICK, "--weights", "w", "--missing", "drop", "-o", name, *words
        )
        assert done.code == 0, done.err
    assert (tmp_path / "here.yaml").read_bytes() == (tmp_path / "there.yaml").read_bytes()
    assert "emcli: 2 workers of" in done.err


def test_a_process_of_this_machine_writes_the_same_model(
    emcli: Run, parts: Path, local: dict[str, bytes], tmp_path: Path
) -> None:
    words = ("-k", 3, *QUICK, "--engine", "dask", "--workers", 1)
    done = emcli("fit", parts / "h-*.csv", *words, "-o", "there.yaml")
    assert done.code == 0, done.err
    assert (tmp_path / "there.yaml").read_bytes() == local["h"]


def test_a_part_sends_one_sum_and_one_without_rows_none() -> None:
    rng = np.random.default_rng(4)
    parts = [[cut(rng.normal(size=(n, 2)), np.ones(n), 16) for n in sizes] for sizes in ((50, 30, 7), (0,), (40,))]
    sums = [engine.Sums(total)(engine.Kept(part, 0)) for part in parts]
    assert [len(one) for one in sums] == [1, 0, 1]
    block_by_block = [sum(map(total, block)) for block in parts[0]]
    assert sums[0] == [block_by_block[0] + block_by_block[1] + block_by_block[2]]


def total(chunk: Chunk) -> float:
    return float(chunk.values.sum())


def test_a_worker_killed_in_the_middle_of_a_pass_and_one_that_joins_late_change_nothing(
    scheduler: Path, parts: Path, local: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    with ExitStack() as stack:
        third = stack.enter_context(worker(scheduler))
        with engine.cluster(None, str(scheduler), 0) as found:
            wait_until(lambda: found.n_workers == 3)
        passes, walk = 0, engine.Passes.reduce

        def counted(self: engine.Passes, function: Any) -> Any:
            nonlocal passes
            passes += 1
            if passes == 2:
                stack.enter_context(worker(scheduler))  # joins while the passes run
            if passes == 5:
                threading.Timer(0.002, third.kill).start()
            return walk(self, function)

        monkeypatch.setattr(engine.Passes, "reduce", counted)
        assert fitted(parts, "h", engine="dask", scheduler_file=str(scheduler)) == local["h"]
        assert passes > 5
        assert third.poll() is not None


def test_a_part_that_a_worker_cannot_read_is_named_with_the_worker(scheduler: Path, tmp_path: Path) -> None:
    for number in range(2):
        (tmp_path / f"part-{number}.csv").write_text("a,b\n1,2\n3,5\n")
    with engine.cluster(None, str(scheduler), 0) as found:
        place = OnCluster(found, None)
        source = place.open(str(tmp_path / "part-*.csv"), ReadOptions())
        (tmp_path / "part-1.csv").unlink()
        with pytest.raises(InputError, match=r"part-1.csv: cannot be opened: .* \(on worker tcp://127"):
            place.read(source, ColumnChoice(), None)


def test_a_scheduler_that_does_not_answer_is_an_error_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "PATIENCE", 0.5)
    with (
        pytest.raises(InputError, match=r"tcp://127.0.0.1:9: no Dask scheduler answers"),
        engine.cluster("tcp://127.0.0.1:9", None, 0),
    ):
        pass


def test_an_interrupt_ends_the_command_and_leaves_nothing_on_the_cluster(scheduler: Path, parts: Path) -> None:
    endless = ("--tol", "1e-300", "--max-iter", "1000000", "--accelerate", "none")
    command = [*EMCLI, "fit", str(parts / "h-*.csv"), "-k", "9", *endless]
    command += ["--engine", "dask", "--scheduler-file", str(scheduler)]
    process = subprocess.Popen(command, env=environment(None), stderr=subprocess.PIPE, stdout=subprocess.DEVNULL)
    assert process.stderr is not None
    assert b"workers of" in process.stderr.readline()
    with engine.cluster(None, str(scheduler), 0) as found:
        client: Any = found._client
        wait_until(client.who_has)
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=20)
        assert (process.returncode, told) == (130, b"")
        wait_until(lambda: not client.who_has() and not any(client.processing().values()))


def test_a_scheduler_that_dies_in_the_middle_of_a_fit_is_an_error_in_one_line(
    parts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with started(tmp_path) as (scheduler, file), worker(file):
        passes, walk = 0, engine.Passes.reduce

        def counted(self: engine.Passes, function: Any) -> Any:
            nonlocal passes
            passes += 1
            if passes == 3:
                scheduler.kill()
            return walk(self, function)

        monkeypatch.setattr(engine.Passes, "reduce", counted)
        with pytest.raises(InputError, match=r"scheduler.json: the scheduler is gone"):
            fitted(parts, "c", engine="dask", scheduler_file=str(file))


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the certificate")
def test_a_scheduler_with_tls_is_for_those_with_a_certificate(
    parts: Path, local: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "key.pem", "-out", "cert.pem"]
    making = ["openssl", "req", "-x509", *words, "-days", "2", "-subj", "/CN=emcli"]
    subprocess.run(making, check=True, capture_output=True, cwd=tmp_path)
    tls = {f"{who}.{what}": str(tmp_path / f"{what}.pem") for who in WHO for what in ("cert", "key")}
    tls["ca-file"] = tls["client.cert"]
    for name, path in tls.items():
        monkeypatch.setenv(f"DASK_DISTRIBUTED__COMM__TLS__{name.upper().replace('.', '__').replace('-', '_')}", path)
    ours = {f"distributed.comm.tls.{name}": path for name, path in tls.items()}
    with dask.config.set(ours), started(tmp_path, "tls") as (_, file), worker(file):
        address = json.loads(file.read_text())["address"]
        assert address.startswith("tls://")
        assert fitted(parts, "c", engine="dask", scheduler=address) == local["c"]


def test_workers_that_round_otherwise_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Some")
    client: Any = SimpleNamespace(run=lambda *_, **__: {"a": engine.rounding(), "b": "other"})
    (told,) = notes_on(engine.Cluster(client, "here"))
    assert told.startswith("1 of 2 workers round otherwise")
    assert told.endswith("(here OPENBLAS_CORETYPE=Some)")


def test_without_dask_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(UsageError) as error:
        fit(FitSettings(2, running=EngineSettings("dask")))
    assert (error.value.where, error.value.hint) == ("engine", "pip install 'emcli[dask]'")


@pytest.mark.parametrize(("has", "told"), [("__version__ = '9.9'", "emcli 9.9 on this worker"), ("", "not installed")])
def test_a_worker_without_this_version_is_named(has: str, told: str, scheduler: Path, tmp_path: Path) -> None:
    (tmp_path / "emcli").mkdir()
    (tmp_path / "emcli" / "__init__.py").write_text(has)
    told = f"tcp://127.0.0.1:[0-9]+: .*{told}"
    with worker(scheduler, path=str(tmp_path)) as process, pytest.raises(InputError, match=told):
        end = time.monotonic() + 20
        while time.monotonic() < end and process.poll() is None:
            with engine.cluster(None, str(scheduler), 0):
                time.sleep(0.1)
