"""Seconds per EM iteration and peak memory beside scikit-learn and daal4py, on several shapes of problem.

Each measurement is a process of its own.  It draws the same rows, starts from the same mixture and runs a
few and then more iterations; the difference of the two times, divided by the iterations between them,
leaves out all that is done once.  The programs take turns.  The log-likelihoods at the ends are compared:
same work, same answer.  One more kind of process only draws the rows, which shows how much of the memory
is the data.  daal4py may live in another environment (it pins an old scikit-learn): --daal gives its python.

    python benchmarks/kernel.py --daal /path/to/python --shapes 1000000,10,8 100000,64,32 --threads 1 2
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass

import numpy as np

from report import machine, table

FEW = 2
SHAPES = ("1000000,2,3", "1000000,10,8", "200000,32,16", "100000,64,32", "1000000,16,64,diag")


@dataclass(frozen=True)
class Problem:
    """How many rows, columns and components; which covariances; iterations beyond FEW; how many threads."""

    rows: int
    columns: int
    components: int
    covariance: str
    iterations: int
    threads: int

    def __str__(self) -> str:
        return f"{self.rows} x {self.columns}, k = {self.components}, {self.covariance}"


@dataclass(frozen=True)
class Start:
    """weights (k,), means (k, d), covariances (k, d, d) or variances (k, d)."""

    weights: np.ndarray
    means: np.ndarray
    covariances: np.ndarray


def draw(problem: Problem) -> tuple[np.ndarray, Start]:
    """Rows from overlapping normals, and a start some way off: EM is still climbing when the count ends."""
    rng = np.random.default_rng(0)
    k, d = problem.components, problem.columns
    centres = rng.normal(scale=3.5 / np.sqrt(2 * d), size=(k, d))  # some 3.5 standard deviations apart
    values = rng.normal(size=(problem.rows, d))
    values += centres[rng.integers(k, size=problem.rows)]
    covariances = np.full((k, d), 2.0) if problem.covariance == "diag" else np.stack([np.eye(d) * 2] * k)
    return values, Start(np.full(k, 1 / k), centres + rng.normal(scale=1 / np.sqrt(d), size=(k, d)), covariances)


def with_emcli(values: np.ndarray, start: Start, problem: Problem, iterations: int) -> float:
    """Log-likelihood at the last of `iterations` passes."""
    from functools import partial

    from emcli.core.families import Elliptical
    from emcli.core.families.elliptical.covariances import COVARIANCES
    from emcli.core.fit.fitting import FitOptions, fit_mixture
    from emcli.core.model.mixture import Mixture
    from emcli.engines.threads import engine_for

    options = FitOptions(
        n_components=problem.components,
        covariance=problem.covariance,
        init=Mixture(start.weights, Elliptical(start.means, start.covariances, COVARIANCES[problem.covariance])),
        max_iterations=iterations,
        tolerance=1e-300,
        accelerate="none",
    )
    engine = partial(engine_for, n_threads=problem.threads)
    fitted = fit_mixture(values, np.ones(len(values)), options, make_engine=engine)
    if fitted.iterations != iterations:
        raise SystemExit(f"emcli made {fitted.iterations} iterations, not {iterations}")
    return float(fitted.log_likelihood)


def with_scikit_learn(values: np.ndarray, start: Start, problem: Problem, iterations: int) -> float:
    """The bound of the last iteration, which is the log-likelihood before its M step, as in emcli."""
    import warnings

    from sklearn.exceptions import ConvergenceWarning
    from sklearn.mixture import GaussianMixture

    warnings.simplefilter("ignore", ConvergenceWarning)
    model = GaussianMixture(
        problem.components,
        covariance_type=problem.covariance,
        tol=0.0,
        reg_covar=0.0,
        max_iter=iterations,
        weights_init=start.weights,
        means_init=start.means,
        precisions_init=1 / start.covariances if problem.covariance == "diag" else np.linalg.inv(start.covariances),
    ).fit(values)
    return float(model.lower_bound_) * len(values)


def with_daal4py(values: np.ndarray, start: Start, problem: Problem, iterations: int) -> float:
    """The goal function is the log-likelihood before the last M step."""
    import daal4py

    daal4py.daalinit(problem.threads)
    diagonal = problem.covariance == "diag"
    fit = daal4py.em_gmm(
        problem.components,
        maxIterations=iterations,
        accuracyThreshold=0.0,
        covarianceStorage="diagonal" if diagonal else "full",
    )
    covariances = [one[None] if diagonal else one for one in start.covariances]
    return float(fit.compute(values, start.weights[None], start.means, covariances).goalFunction[0, 0])


def with_nothing(values: np.ndarray, start: Start, problem: Problem, iterations: int) -> float:
    return 0.0


PEERS: dict[str, Callable[[np.ndarray, Start, Problem, int], float]] = {
    "emcli": with_emcli,
    "scikit-learn": with_scikit_learn,
    "daal4py": with_daal4py,
    "the rows alone": with_nothing,
}


def measure_here(peer: str, problem: Problem) -> dict[str, float]:
    """Run inside the child: times two fits and reads this process's own peak memory."""
    values, start = draw(problem)
    PEERS[peer](values[:10_000].copy(), start, problem, FEW)  # imports, and the pages they touch
    wall, cpu = [], []
    for iterations in (FEW, FEW + problem.iterations):
        begin, begin_cpu = time.perf_counter(), time.process_time()
        log_likelihood = PEERS[peer](values, start, problem, iterations)
        wall.append(time.perf_counter() - begin)
        cpu.append(time.process_time() - begin_cpu)
    return {
        "wall": (wall[1] - wall[0]) / problem.iterations,
        "cpu": (cpu[1] - cpu[0]) / problem.iterations,
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "log_likelihood": log_likelihood,
    }


def measure(python: str, peer: str, problem: Problem) -> dict[str, float]:
    """Start a child whose linear algebra has as many threads as the problem says; that of emcli one, as always."""
    threads = "1" if peer == "emcli" else str(problem.threads)
    limits = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), threads)
    command = [python, __file__, "--child", peer, json.dumps(asdict(problem))]
    child = subprocess.run(command, env={**os.environ, **limits}, check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(child.stdout)
    return found


def compare(problem: Problem, pythons: dict[str, str], rounds: int) -> list[list[str]]:
    """The rows of the table for one problem."""
    found: dict[str, list[dict[str, float]]] = {peer: [] for peer in pythons}
    for _ in range(rounds):
        for peer, python in pythons.items():
            found[peer].append(measure(python, peer, problem))
    ends = {peer: runs[0]["log_likelihood"] for peer, runs in found.items() if runs[0]["log_likelihood"]}
    if not np.allclose(list(ends.values()), ends["emcli"], rtol=1e-9, atol=0):
        raise SystemExit(f"{problem}: not the same work, log-likelihoods {ends}")
    ours = min(run["cpu"] for run in found["emcli"])
    return [
        [
            str(problem) if peer == "emcli" else "",
            str(problem.threads),
            peer,
            *(f"{figure([run['wall'] for run in runs]):.4f}" for figure in (min, statistics.median, max)),
            f"{min(run['cpu'] for run in runs):.4f}",
            f"{min(run['cpu'] for run in runs) / ours:.1f}" if runs[0]["log_likelihood"] else "",
            f"{max(run['peak'] for run in runs):.0f}",
        ]
        for peer, runs in found.items()
    ]


def problem_named(shape: str, iterations: int, threads: int) -> Problem:
    """A problem from ROWS,COLUMNS,K[,COVARIANCE]."""
    rows, columns, k, *covariance = shape.split(",")
    return Problem(int(rows), int(columns), int(k), covariance[0] if covariance else "full", iterations, threads)


def main() -> None:
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--shapes", nargs="+", default=SHAPES, metavar="ROWS,COLUMNS,K[,COVARIANCE]")
    parser.add_argument("--iterations", type=int, default=6)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, len(os.sched_getaffinity(0))])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--daal", metavar="PYTHON", help="a python that has daal4py")
    parser.add_argument("--child", nargs=2, metavar=("PEER", "PROBLEM"), help=argparse.SUPPRESS)
    told = parser.parse_args()
    if told.child:
        peer, problem = told.child
        print(json.dumps(measure_here(peer, Problem(**json.loads(problem)))))
        return
    pythons = {peer: told.daal if peer == "daal4py" else sys.executable for peer in PEERS}
    pythons = {peer: python for peer, python in pythons.items() if python}
    problems = [problem_named(shape, told.iterations, n) for shape in told.shapes for n in told.threads]
    print(machine())
    print(f"{told.rounds} rounds; CPU and its ratio to emcli's are of the quickest round\n")
    header = ["", "threads", "", "s/iteration min", "median", "max", "CPU s", "ratio", "peak MiB"]
    print(table(header, [line for problem in problems for line in compare(problem, pythons, told.rounds)]))


if __name__ == "__main__":
    main()
