"""A fit on a Dask cluster of this machine against the same fit by one process: `python benchmarks/cluster.py`.

--rows N --columns D -k K --parts P choose the table: K clusters, parts of Parquet; --table FOLDER takes one that is
there, with parts called part-*.parquet.  Printed are the seconds of the whole command for one process with 1 and 2
threads and for clusters of 1 and 2 workers, and whether the models are equal byte for byte; then what a pass costs
beyond its arithmetic, and the bytes that a pass of EM sends: its functions and sums, and all that went through the
loopback device, where everything is counted twice that the scheduler hands on.  Where other programs use that device
too, `unshare -n sh -c 'ip link set lo up; python benchmarks/cluster.py'` (as root) has one of its own.
"""

from __future__ import annotations

import argparse
import os
import pickle
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pyarrow as pa
import pyarrow.parquet as pq

from emcli.core.families import Elliptical
from emcli.core.families.elliptical.covariances import covariance_named
from emcli.core.model.assignment import soft
from emcli.core.passes.expect import Expect, Run
from emcli.data.chunk import Chunk, CutBlocks, cut
from emcli.engines.dask import Passes, Spread, Sums, Task, cluster
from emcli.io.read.tables.numeric_table import ColumnChoice
from emcli.io.read.tables.read_options import ReadOptions
from emcli.tasks.backend.on_cluster import OnCluster

PASSES = 30  # of which the middle one counts


def make(folder: Path, n_rows: int, n_columns: int, k: int, n_parts: int) -> None:
    """The parts of a table with k clusters that overlap a little."""
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(k, n_columns)) * 2.0
    names = [f"x{j + 1}" for j in range(n_columns)]
    for number in range(n_parts):
        n = n_rows // n_parts
        values = centres[rng.integers(k, size=n)] + rng.normal(size=(n, n_columns))
        pq.write_table(pa.table(dict(zip(names, values.T, strict=True))), folder / f"part-{number:05}.parquet")


def timed(folder: Path, model: Path, k: int, words: list[str]) -> tuple[float, bytes]:
    """Seconds of a whole fit, and the model file."""
    command = [
        sys.executable,
        "-m",
        "emcli",
        "fit",
        str(folder / "part-*.parquet"),
        "-k",
        str(k),
        "-q",
        "-o",
        str(model),
    ]
    began = time.perf_counter()
    subprocess.run([*command, "--starts", "2", *words], check=True)
    return time.perf_counter() - began, model.read_bytes()


def overhead(folder: Path, k: int) -> None:
    """Print what passes on two workers cost and send."""
    with cluster(None, None, 2) as found:
        place = OnCluster(found, None)
        source = place.open(str(folder / "part-*.parquet"), ReadOptions())
        rows = place.read(source, ColumnChoice(), None).rows
        assert isinstance(rows, Spread)
        d = rows.n_features
        engine = place.engine(CutBlocks(rows), 1)
        assert isinstance(engine, Passes)
        full = covariance_named("full")
        family = Elliptical(np.zeros((k, d)), np.repeat(np.eye(d)[None], k, axis=0), full)
        expect = Expect([Run(k, np.full((1, k), -np.log(k)), family)], soft)
        n_parts = len(rows.held)
        seconds = sorted(timed_pass(engine, nothing) for _ in range(PASSES))
        print(f"a pass beyond its arithmetic: {1000 * seconds[PASSES // 2]:.0f} ms")
        before = psutil.net_io_counters(pernic=True)["lo"].bytes_sent
        for _ in range(PASSES // 3):
            engine.reduce(expect)
        sent = (psutil.net_io_counters(pernic=True)["lo"].bytes_sent - before) / (PASSES // 3)
        print(f"a pass of EM: {sent / 1000:,.0f} kB through the loopback device")
    there = len(pickle.dumps(Task(Sums(expect))))
    back = len(pickle.dumps(expect(cut(np.zeros((100, d)), np.ones(100), 128)[0])))
    print(f"to the workers {there:,} bytes for each of {n_parts} parts, back {back:,}")


def nothing(chunk: Chunk) -> float:
    """What costs nothing."""
    return 0.0


def timed_pass(engine: Passes, function: Callable[[Chunk], Any]) -> float:
    """Seconds of a pass."""
    began = time.perf_counter()
    engine.reduce(function)
    return time.perf_counter() - began


def main() -> None:
    """Print the table."""
    options = argparse.ArgumentParser(description=__doc__)
    for name, default in {"--rows": 10_000_000, "--columns": 10, "-k": 4, "--parts": 8}.items():
        options.add_argument(name, type=int, default=default)
    options.add_argument("--table", type=Path)
    told = options.parse_args()
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    with tempfile.TemporaryDirectory() as name:
        folder, models = told.table or Path(name), Path(name)
        if told.table is None:
            make(folder, told.rows, told.columns, told.k, told.parts)
            print(f"{told.rows:,} rows x {told.columns}, k = {told.k}, {told.parts} parts of Parquet")
        reference = b""
        for label, words in {
            "one process, 1 thread": ["--threads", "1"],
            "one process, 2 threads": ["--threads", "2"],
            "1 worker": ["--engine", "dask", "--workers", "1"],
            "2 workers": ["--engine", "dask", "--workers", "2"],
        }.items():
            seconds, model = timed(folder, models / f"{label.replace(' ', '-')}.yaml", told.k, words)
            reference = reference or model
            print(
                f"{label:24} {seconds:7.1f} s   {'the same bytes' if model == reference else 'ANOTHER MODEL'}",
                flush=True,
            )
        overhead(folder, told.k)


if __name__ == "__main__":
    main()
