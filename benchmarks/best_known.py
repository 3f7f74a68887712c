"""How often the defaults find the best optimum that is known.

Every row of the stored catalogue with k = 2 or 3 and a sound optimum is fitted with emcli's defaults,
once per seed.  A fit that ends within 0.01 nats of the best known log-likelihood reached it; one that ends
below missed it.  One that ends above is neither: it is a better optimum than any known, or an unsound one,
and is counted and listed apart.  In one dimension full, diag and spherical are the same model, and the
catalogue has a row for each.

    python benchmarks/best_known.py --seeds 0 1 2
"""

from __future__ import annotations

import argparse
import csv
import json
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from emcli.core.fitting import FitOptions, fit_mixture
from emcli.errors import EmcliError
from report import machine, table

REFERENCE = Path(__file__).parents[1] / "tests" / "oracles" / "reference"
NEAR = 0.01
COVARIANCES = ("full", "tied", "diag", "spherical")


@dataclass(frozen=True)
class Case:
    """One row of the catalogue."""

    data: str
    covariance: str
    k: int
    best: float

    def __str__(self) -> str:
        return f"{self.data} {self.covariance} k={self.k}"


@dataclass(frozen=True)
class Run:
    """One fit: how far its log-likelihood ended above the best known one (nats), and how long it took."""

    case: Case
    seed: int
    above: float
    seconds: float

    @property
    def reached(self) -> bool:
        return abs(self.above) <= NEAR

    def __str__(self) -> str:
        return f"{self.case}, seed {self.seed}: {self.above:+.4f}"


def catalogue(ks: list[int]) -> list[Case]:
    """The cases with a sound optimum."""
    with (REFERENCE / "best_known.csv").open(encoding="utf-8") as file:
        return [
            Case(row["data"], row["covariance"], int(row["k"]), float(row["best_log_likelihood"]))
            for row in csv.DictReader(file)
            if int(row["k"]) in ks and row["best_log_likelihood"]
        ]


def read(data: str) -> np.ndarray:
    """The modelled columns of a data set, (n, d)."""
    columns = json.loads((REFERENCE / "features.json").read_text(encoding="utf-8"))[data]
    with (REFERENCE / "data" / f"{data}.csv").open(encoding="utf-8") as file:
        return np.array([[float(row[c] or "nan") for c in columns] for row in csv.DictReader(file)])


def run(case: Case, values: np.ndarray, seed: int) -> Run:
    """One fit with the defaults; a fit that is refused is infinitely far below."""
    options = FitOptions(n_components=case.k, covariance=case.covariance, seed=seed)
    begin = time.perf_counter()
    try:
        end = fit_mixture(values, np.ones(len(values)), options).log_likelihood
    except EmcliError:
        end = -np.inf
    return Run(case, seed, end - case.best, time.perf_counter() - begin)


def reached(runs: list[Run]) -> int:
    return sum(run.reached for run in runs)


def line(name: str, runs: list[Run], seeds: list[int]) -> list[str]:
    """One line of the table."""
    per_seed = [[run for run in runs if run.seed == seed] for seed in seeds]
    worst = min(per_seed, key=reached)
    return [
        name,
        f"{reached(runs)} of {len(runs)} ({100 * reached(runs) / len(runs):.1f} %)",
        f"{reached(worst)} of {len(worst)}",
        str(sum(run.above > NEAR for run in runs)),
        str(sum(run.above < -NEAR for run in runs)),
        f"{np.mean([run.seconds for run in runs]):.2f}",
        f"{max(run.seconds for run in runs):.2f}",
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description="Share of best known optima that the defaults reach.")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("-k", type=int, nargs="+", default=[2, 3])
    told = parser.parse_args()
    runs = []
    for case in catalogue(told.k):
        values = read(case.data)
        runs += [run(case, values, seed) for seed in told.seeds]
    print(machine())
    print(f"within {NEAR} nats of the best known optimum; seeds {told.seeds}, k = {told.k}\n")
    groups = {name: [run for run in runs if run.case.covariance == name] for name in COVARIANCES}
    rows = [line(name, group, told.seeds) for name, group in {**groups, "all": runs}.items()]
    print(table(["covariance", "reached", "worst seed", "above", "below", "mean s", "max s"], rows))
    for title, sign in (("below", -1), ("above", 1)):
        print(f"\n{title} the best known, nats:")
        print("\n".join(f"  {run}" for run in runs if sign * run.above > NEAR) or "  none")


if __name__ == "__main__":
    main()
