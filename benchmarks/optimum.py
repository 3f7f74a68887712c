"""How often the best optimum that is known is found: emcli's defaults, scikit-learn with 1, 10 and 20 starts, mclust.

Every row of the stored catalogue (tests/oracles/reference/best_known.csv) with a sound optimum is fitted once per
seed.  A fit that ends within 0.01 nats of the best known log-likelihood reached it; one that ends below missed it.
One that ends above is neither: a better optimum than any known, or one that rests on a few rows, and is counted
apart.  Sound rows are those with at least three rows per parameter: what maximum likelihood can be asked for.  In one
dimension full, diag and spherical are the same model, and the catalogue has a row for each.  mclust's single
deterministic start is not run here: its figures, at its default and at a tight tolerance, are in the catalogue.

    python benchmarks/optimum.py --seeds 0 1 2 3 4 -k 2 3 4
"""

from __future__ import annotations

import argparse
import csv
import json
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.mixture import GaussianMixture

from emcli.core.fit.fitting import fit_mixture
from emcli.core.fit.options import FitOptions, Progress
from emcli.core.fit.search import SCREEN_PASSES
from emcli.errors import EmcliError
from report import machine, table

REFERENCE = Path(__file__).parents[1] / "tests" / "oracles" / "reference"
NEAR = 0.01


@dataclass(frozen=True)
class Case:
    """One row of the catalogue; mclust's log-likelihoods at its default and at a tight tolerance, NaN if refused."""

    data: str
    covariance: str
    k: int
    best: float
    rows_per_parameter: float
    mclust_default: float
    mclust_tight: float

    def __str__(self) -> str:
        return f"{self.data} {self.covariance} k={self.k}"


@dataclass(frozen=True)
class Run:
    """One fit: how far it ended above the best known (nats), how many E and M steps and how long it took."""

    case: Case
    seed: int
    above: float
    passes: int = 0
    seconds: float = float("nan")

    @property
    def reached(self) -> bool:
        return abs(self.above) <= NEAR


Fit = Callable[[np.ndarray, Case, int], tuple[float, int]]
"""Values, case and seed in; log-likelihood and number of E and M steps out."""


def catalogue(ks: list[int]) -> list[Case]:
    """The cases with a sound optimum."""
    with (REFERENCE / "best_known.csv").open(encoding="utf-8") as file:
        return [
            Case(
                row["data"],
                row["covariance"],
                int(row["k"]),
                float(row["best_log_likelihood"]),
                int(row["n_rows"]) / int(row["n_parameters"]),
                float(row["mclust_default"] or "nan"),
                float(row["mclust_tight"] or "nan"),
            )
            for row in csv.DictReader(file)
            if int(row["k"]) in ks and row["best_log_likelihood"]
        ]


def read(data: str) -> np.ndarray:
    """The modelled columns of a data set, (n, d)."""
    columns = json.loads((REFERENCE / "features.json").read_text(encoding="utf-8"))[data]
    with (REFERENCE / "data" / f"{data}.csv").open(encoding="utf-8") as file:
        return np.array([[float(row[c] or "nan") for c in columns] for row in csv.DictReader(file)])


def emcli(n_starts: int) -> Fit:
    """The defaults but for --starts; a fit that is refused is infinitely far below."""

    def fit(values: np.ndarray, case: Case, seed: int) -> tuple[float, int]:
        passes = [0]

        def count(progress: Progress) -> None:
            passes[0] += SCREEN_PASSES if progress.phase == "screen" else 1

        options = FitOptions(case.k, case.covariance, n_starts=n_starts, seed=seed)
        try:
            found = fit_mixture(values, np.ones(len(values)), options, watch=count)
        except EmcliError:
            return -np.inf, passes[0]
        return found.log_likelihood, passes[0]

    return fit


class Counting(GaussianMixture):
    """scikit-learn's mixture, counting E steps."""

    passes = 0

    def _e_step(self, X: np.ndarray, **rest: object) -> tuple[float, np.ndarray]:
        self.passes += 1
        return super()._e_step(X, **rest)


def scikit_learn(n_init: int) -> Fit:
    def fit(values: np.ndarray, case: Case, seed: int) -> tuple[float, int]:
        model = Counting(case.k, covariance_type=case.covariance, n_init=n_init, random_state=seed)
        try:
            model.fit(values)
        except ValueError:
            return -np.inf, model.passes
        return float(model.score_samples(values).sum()), model.passes

    return fit


def run(fit: Fit, case: Case, values: np.ndarray, seed: int) -> Run:
    begin = time.perf_counter()
    end, passes = fit(values, case, seed)
    return Run(case, seed, end - case.best, passes, time.perf_counter() - begin)


def share(runs: list[Run]) -> str:
    """The share reached, and that of the worst seed."""
    if not runs:
        return ""
    per_seed = [[run.reached for run in runs if run.seed == seed] for seed in sorted({run.seed for run in runs})]
    return f"{100 * np.mean([run.reached for run in runs]):.1f} % ({100 * min(map(np.mean, per_seed)):.1f})"


def line(name: str, runs: list[Run]) -> list[str]:
    """One line of the table."""
    sound = [run for run in runs if run.case.rows_per_parameter >= 3]
    short = [-run.above for run in sound if np.isfinite(run.above)]
    seconds = np.nanmean([run.seconds for run in runs]) if np.isfinite(runs[0].seconds) else None
    return [
        name,
        share(runs),
        share(sound),
        f"{100 * np.mean([s > 0.5 for s in short]):.1f} %",
        str(sum(run.above > NEAR for run in runs)),
        f"{np.mean([run.passes for run in runs]):.0f}" if seconds else "",
        f"{seconds:.3f}" if seconds else "",
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4])
    parser.add_argument("-k", type=int, nargs="+", default=[2, 3, 4])
    told = parser.parse_args()
    warnings.simplefilter("ignore")
    fits: dict[str, Fit] = {
        "emcli": emcli(10),
        **{f"emcli --starts {n}": emcli(n) for n in (4, 1)},
        **{f"scikit-learn, n_init={n}": scikit_learn(n) for n in (1, 10, 20)},
    }
    cases = catalogue(told.k)
    runs: dict[str, list[Run]] = {name: [] for name in fits}
    for case in cases:
        values = read(case.data)
        for seed in told.seeds:
            for name, fit in fits.items():
                runs[name].append(run(fit, case, values, seed))
    for name, field in (("mclust", "mclust_default"), ("mclust, tight", "mclust_tight")):
        runs[name] = [Run(case, 0, np.nan_to_num(getattr(case, field) - case.best, nan=-np.inf)) for case in cases]
    print(machine())
    print(f"{len(cases)} optima, k = {told.k}, seeds {told.seeds}; reached: within {NEAR} nats (worst seed)\n")
    header = ["", "reached", "with n >= 3 p", "of these > 0.5 short", "above", "passes", "seconds"]
    print(table(header, [line(name, of) for name, of in runs.items()]))
    for title, sign in (("below", -1), ("above", 1)):
        print(f"\nemcli {title} the best known, nats:")
        found = [r for r in runs["emcli"] if sign * r.above > NEAR]
        print("\n".join(f"  {r.case}, seed {r.seed}: {r.above:+.4f}" for r in found) or "  none")


if __name__ == "__main__":
    main()
