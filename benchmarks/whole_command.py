"""A million rows from CSV to CSV: `emcli fit` and `emcli assign` beside what people use.

The rows are drawn by `emcli sample` from overlapping normals.  Every side reads the CSV, fits, and writes labels and
responsibilities beside the columns, as far as it has them; whole processes are timed, in turns.  The log-likelihoods
of the fits are told: more speed at a worse optimum would be no gain.  Peers have as many starts as --n-init says, if
they can have more than one.  mlpack and Spark may live in another environment: --python gives its python.

    python benchmarks/whole_command.py --rows 1000000 --columns 10 -k 8 --n-init 1
    python benchmarks/whole_command.py --rows 100000 --beside scikit_learn mlpack spark mclust --python /path/to/python
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from report import machine, table

PEERS = Path(__file__).parent / "peers"


Side = Callable[[Path, Path, int, int], "tuple[Cost, float]"]


@dataclass(frozen=True)
class Cost:
    """Wall and processor seconds of some processes, and the largest resident memory of one, MiB."""

    wall: float
    cpu: float
    peak: float


def run(command: list[str]) -> tuple[Cost, str]:
    """One process to its end; raises CalledProcessError if it fails."""
    begin = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        told = process.stdout.read()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return Cost(time.perf_counter() - begin, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024), told


def emcli(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "emcli", *arguments, "-q"]


def overlapping(columns: int, k: int) -> dict[str, Any]:
    """A model whose clusters overlap: some 3.5 standard deviations apart."""
    rng = np.random.default_rng(0)
    names = [f"x{j + 1}" for j in range(columns)]
    weights = np.sort(rng.dirichlet(np.full(k, 4.0)))[::-1]
    components = []
    for weight in weights:
        shape = rng.normal(size=(columns, columns)) * 0.3 + np.eye(columns)
        mean = rng.normal(scale=3.5 / np.sqrt(2 * columns), size=columns)
        components.append(
            {
                "weight": float(weight),
                "mean": dict(zip(names, mean.tolist(), strict=True)),
                "covariance": (shape @ shape.T).tolist(),
            }
        )
    return {
        "format": "emcli-model/1",
        "family": "gaussian",
        "covariance": "full",
        "columns": names,
        "components": components,
    }


def made(folder: Path, rows: int, columns: int, k: int) -> Path:
    """A CSV of rows drawn from the model."""
    model, data = folder / "truth.yaml", folder / "rows.csv"
    model.write_text(yaml.safe_dump(overlapping(columns, k)), encoding="utf-8")
    run(emcli("sample", str(model), "-n", str(rows), "-o", str(data)))
    return data


def with_emcli(folder: Path, data: Path, k: int, n_init: int) -> tuple[Cost, float]:
    model = folder / "model.yaml"
    fit, _ = run(emcli("fit", str(data), "-k", str(k), "-o", str(model)))
    assign, _ = run(emcli("assign", str(model), str(data), "-o", str(folder / "labelled.csv")))
    found = yaml.safe_load(model.read_text(encoding="utf-8"))["fit"]["log_likelihood"]
    return Cost(fit.wall + assign.wall, fit.cpu + assign.cpu, max(fit.peak, assign.peak)), found


def with_peer(command: list[str], folder: Path, data: Path, k: int, n_init: int) -> tuple[Cost, float]:
    out = folder / f"by-{Path(command[-1]).stem}"
    cost, told = run([*command, str(data), str(k), str(n_init), str(out)])
    return cost, float(told.splitlines()[-1])


def sides(beside: list[str], python: str) -> dict[str, Side]:
    """emcli, and the peers by name."""
    commands = {
        "scikit_learn": [sys.executable, str(PEERS / "scikit_learn.py")],
        "mlpack": [python, str(PEERS / "mlpack.py")],
        "spark": [python, str(PEERS / "spark.py")],
        "mclust": ["Rscript", str(PEERS / "mclust.R")],
    }
    return {"emcli": with_emcli, **{name: partial(with_peer, commands[name]) for name in beside}}


def main() -> None:
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--columns", type=int, default=10)
    parser.add_argument("-k", type=int, default=8)
    parser.add_argument("--n-init", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--beside", nargs="*", default=["scikit_learn"], metavar="PEER")
    parser.add_argument("--python", default=sys.executable, help="a python that has mlpack and pyspark")
    told = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        data = made(folder, told.rows, told.columns, told.k)
        found: dict[str, list[tuple[Cost, float]]] = {side: [] for side in sides(told.beside, told.python)}
        for _ in range(told.rounds):
            for side, work in sides(told.beside, told.python).items():
                found[side].append(work(folder, data, told.k, told.n_init))
    print(machine())
    print(f"{told.rows} x {told.columns}, k = {told.k}, full; peers with {told.n_init} starts, where they can\n")
    lines = [
        [
            side,
            f"{min(cost.wall for cost, _ in runs):.1f}",
            f"{min(cost.cpu for cost, _ in runs):.1f}",
            f"{max(cost.peak for cost, _ in runs):.0f}",
            f"{runs[0][1]:.2f}",
        ]
        for side, runs in found.items()
    ]
    print(table(["", "wall s", "CPU s", "peak MiB", "log-likelihood"], lines))


if __name__ == "__main__":
    main()
