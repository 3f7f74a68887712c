"""A million rows from CSV to CSV: `emcli fit` and `emcli assign` beside a pandas and scikit-learn script.

The rows are drawn by `emcli sample` from overlapping normals.  Either side reads the CSV, fits, and writes labels and
responsibilities beside the columns; whole processes are timed, in turns.  The log-likelihoods of both fits are told:
more speed at a worse optimum would be no gain.  scikit-learn has as many starts as --n-init says.

    python benchmarks/whole_command.py --rows 1000000 --columns 10 -k 8 --n-init 1
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
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from report import machine, table

SCRIPT = """
import sys
import pandas as pd
from sklearn.mixture import GaussianMixture
rows, k, n_init, out = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
frame = pd.read_csv(rows)
model = GaussianMixture(k, n_init=n_init, random_state=0, max_iter=1000).fit(frame.to_numpy())
shares = model.predict_proba(frame.to_numpy())
frame["cluster"] = shares.argmax(axis=1) + 1
for j in range(k):
    frame[f"p_{j + 1}"] = shares[:, j]
frame.to_csv(out, index=False)
print(model.score(frame.iloc[:, : model.means_.shape[1]].to_numpy()) * len(frame))
"""


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


def with_scikit_learn(folder: Path, data: Path, k: int, n_init: int) -> tuple[Cost, float]:
    cost, told = run([sys.executable, "-c", SCRIPT, str(data), str(k), str(n_init), str(folder / "peer.csv")])
    return cost, float(told)


SIDES: dict[str, Callable[[Path, Path, int, int], tuple[Cost, float]]] = {
    "emcli": with_emcli,
    "pandas and scikit-learn": with_scikit_learn,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--columns", type=int, default=10)
    parser.add_argument("-k", type=int, default=8)
    parser.add_argument("--n-init", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=1)
    told = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        data = made(folder, told.rows, told.columns, told.k)
        found: dict[str, list[tuple[Cost, float]]] = {side: [] for side in SIDES}
        for _ in range(told.rounds):
            for side, work in SIDES.items():
                found[side].append(work(folder, data, told.k, told.n_init))
    print(machine())
    print(f"{told.rows} x {told.columns}, k = {told.k}, full; scikit-learn with n_init = {told.n_init}\n")
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
