"""How often the defaults find the best optimum that is known.

Every row of the stored catalogue with k = 2 or 3 and a sound optimum is fitted with emcli's defaults,
once per seed.  A fit that ends within 0.01 nats of the best known log-likelihood, or above it, reached
it.  What is above by more is listed as well: either a better optimum, or one the catalogue holds to be
unsound.  In one dimension full, diag and spherical are the same model, and the catalogue has a row for
each.

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
        return self.above >= -NEAR


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
        end = fit_mixture(values, np.ones(len(values)), options, None).log_likelihood
    except EmcliError:
        end = -np.inf
    return Run(case, seed, end - case.best, time.perf_counter() - begin)


def share(runs: list[Run]) -> str:
    reached = sum(run.reached for run in runs)
    return f"{reached} of {len(runs)} ({100 * reached / len(runs):.1f} %)"


def lines(runs: list[Run], seeds: list[int]) -> list[list[str]]:
    """One line per covariance model, and one for all."""
    groups = {name: [run for run in runs if run.case.covariance == name] for name in COVARIANCES}
    return [
        [
            name,
            share(group),
            share(min(([run for run in group if run.seed == seed] for seed in seeds), key=count)),
            f"{np.mean([run.seconds for run in group]):.2f}",
            f"{max(run.seconds for run in group):.2f}",
        ]
        for name, group in {**groups, "all": runs}.items()
    ]


def count(runs: list[Run]) -> int:
    return sum(run.reached for run in runs)


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
    print(table(["covariance", "reached", "worst seed", "mean s", "max s"], lines(runs, told.seeds)))
    print("\nmissed:")
    for one in runs:
        if not one.reached:
            print(f"  {one.case}, seed {one.seed}: {one.above:+.4f}")
    print("above the best known by more than that:")
    for one in runs:
        if one.above > NEAR:
            print(f"  {one.case}, seed {one.seed}: {one.above:+.4f}")


if __name__ == "__main__":
    main()
