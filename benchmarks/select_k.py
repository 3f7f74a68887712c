"""A whole sweep over k and covariance models, beside scikit-learn doing the same by hand.

emcli runs as a shell user runs it: `select-k -k 1-9 --covariance full,tied,diag,spherical` on Old Faithful with five
folds, as whole processes, with one thread and with one per core.  scikit-learn fits the same 36 candidates to all
rows and to the same number of folds in a loop, with n_init = 10 at its default tolerance, and with --fine at 1e-8 per
row as well, which is what it takes to end near where emcli ends and takes many minutes.

    python benchmarks/select_k.py --rounds 3
"""

from __future__ import annotations

import argparse
import csv
import io
import os
import subprocess
import sys
import time
import warnings
from pathlib import Path

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):  # more threads only slow 272 rows down
    os.environ.setdefault(name, "1")

import numpy as np  # noqa: E402

from report import machine, table  # noqa: E402

FAITHFUL = Path(__file__).parents[1] / "sample_data" / "faithful.csv"
COVARIANCES = ("full", "tied", "diag", "spherical")
KS = range(1, 10)
FOLDS = 5
NEAR = 0.01


def emcli(threads: int) -> tuple[float, dict[tuple[str, int], float]]:
    """Seconds of the whole process, and the log-likelihood of every candidate."""
    words = ["select-k", str(FAITHFUL), "-k", "1-9", "--covariance", ",".join(COVARIANCES), "-q"]
    call = [sys.executable, "-m", "emcli", *words, "--threads", str(threads)]
    begin = time.perf_counter()
    done = subprocess.run(call, capture_output=True, text=True, check=True)
    seconds = time.perf_counter() - begin
    rows = csv.DictReader(io.StringIO(done.stdout))
    return seconds, {(row["covariance"], int(row["k"])): float(row["log_likelihood"]) for row in rows}


def by_hand(tolerance: float) -> tuple[float, dict[tuple[str, int], float]]:
    """The same table with scikit-learn: a loop over candidates and folds."""
    from sklearn.mixture import GaussianMixture
    from sklearn.model_selection import KFold

    values = np.loadtxt(FAITHFUL, delimiter=",", skiprows=1)
    ends = {}
    begin = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for covariance in COVARIANCES:
            for k in KS:

                def model(k: int = k, covariance: str = covariance) -> GaussianMixture:
                    return GaussianMixture(
                        k, covariance_type=covariance, n_init=10, tol=tolerance, max_iter=1000, random_state=0
                    )

                whole = model().fit(values)
                ends[covariance, k] = whole.score(values) * len(values)
                whole.bic(values), whole.aic(values)
                for train, held_out in KFold(FOLDS, shuffle=True, random_state=0).split(values):
                    model().fit(values[train]).score_samples(values[held_out])
    return time.perf_counter() - begin, ends


def main() -> None:
    parser = argparse.ArgumentParser(description="Seconds of a sweep beside scikit-learn.")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--fine", action="store_true", help="scikit-learn at a fine tolerance as well")
    told = parser.parse_args()
    rounds = told.rounds
    cores = len(os.sched_getaffinity(0))
    ways = {
        "emcli, 1 thread": lambda: emcli(1),
        f"emcli, {cores} threads": lambda: emcli(cores),
        "scikit-learn, tol 1e-3": lambda: by_hand(1e-3),
    }
    if told.fine:
        ways["scikit-learn, tol 1e-8"] = lambda: by_hand(1e-8)
    answers = {name: [way() for _ in range(rounds)] for name, way in ways.items()}
    ends = {name: runs[0][1] for name, runs in answers.items()}
    best = {cell: max(found[cell] for found in ends.values()) for cell in next(iter(ends.values()))}
    print(machine())
    print(f"{len(best)} candidates, {FOLDS} folds, {rounds} rounds\n")
    rows = []
    for name, runs in answers.items():
        seconds = sorted(run[0] for run in runs)
        near = sum(ends[name][cell] >= best[cell] - NEAR for cell in best)
        median = seconds[len(seconds) // 2]
        rows.append([name, *(f"{s:.2f}" for s in (seconds[0], median, seconds[-1])), f"{near} of {len(best)}"])
    print(table(["way", "min s", "median s", "max s", f"within {NEAR} nats of the best of these"], rows))


if __name__ == "__main__":
    main()
