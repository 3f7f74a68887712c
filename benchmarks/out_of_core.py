"""A table larger than the memory that is allowed: `python benchmarks/out_of_core.py 5GB --memory 1GB`.

Rows are drawn from eight components in five columns by `emcli sample` until the CSV has about the size wanted.  Then
it is fitted, scored and labelled, each as a process of its own; printed are wall time, processor time and the largest
memory that the process had.  The file lies in $TMPDIR (or --folder) and is removed at the end.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from emcli.io.read.store.memory_size import memory_size

BYTES_PER_ROW = 92  # five numbers of full precision and their commas
N_COLUMNS, N_COMPONENTS = 5, 8


def model() -> str:
    """A model file with well separated components."""
    rng = np.random.default_rng(1)
    names = ", ".join("abcde"[:N_COLUMNS])
    lines = ["format: emcli-model/1", "family: gaussian", "covariance: full", f"columns: [{names}]", "components:"]
    for _ in range(N_COMPONENTS):
        mean = (3.0 * rng.normal(size=N_COLUMNS)).tolist()
        factor = np.eye(N_COLUMNS) + 0.4 * rng.normal(size=(N_COLUMNS, N_COLUMNS))
        cells = ", ".join(f"{name}: {value!r}" for name, value in zip("abcde", mean, strict=False))
        lines += [f"  - weight: {1.0 / N_COMPONENTS!r}", f"    mean: {{{cells}}}"]
        lines += [f"    covariance: {(factor @ factor.T).tolist()}"]
    return "\n".join(lines) + "\n"


def measured(*words: str) -> tuple[float, float, float]:
    """Seconds on the clock, seconds of processor and megabytes of memory of one process."""
    began = time.monotonic()
    process = subprocess.Popen([sys.executable, "-m", "emcli", *words])
    _, status, used = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"emcli {' '.join(words)} ended with status {status}")
    return time.monotonic() - began, used.ru_utime + used.ru_stime, used.ru_maxrss / 1000


def main() -> None:
    """Make the file, measure, print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("size", help="of the CSV, as 5GB")
    parser.add_argument("--memory", default="1GB", help="what fit may take")
    parser.add_argument("--folder", help="where the file is made")
    told = parser.parse_args()
    n_rows = memory_size(told.size) // BYTES_PER_ROW
    with tempfile.TemporaryDirectory(dir=told.folder) as folder:
        drawn, table, fitted = (str(Path(folder, name)) for name in ("drawn.yaml", "rows.csv", "fitted.yaml"))
        Path(drawn).write_text(model(), encoding="utf-8")
        commands = {
            f"sample -n {n_rows}": ("sample", drawn, "-n", str(n_rows), "-q", "-o", table),
            f"fit -k {N_COMPONENTS} --memory {told.memory}": (
                *("fit", table, "-k", str(N_COMPONENTS), "--memory", told.memory, "-o", fitted),
            ),
            "score": ("score", fitted, table),
            "assign": ("assign", fitted, table, "-q", "-o", "/dev/null"),
        }
        print("| command | wall, s | processor, s | memory, MB |\n| --- | --- | --- | --- |", flush=True)
        for name, words in commands.items():
            wall, processor, memory = measured(*words)
            print(f"| `{name}` | {wall:.0f} | {processor:.0f} | {memory:.0f} |", flush=True)
        print(f"\n{n_rows:,} rows, {Path(table).stat().st_size / 1e9:.2f} GB of CSV")


if __name__ == "__main__":
    main()
