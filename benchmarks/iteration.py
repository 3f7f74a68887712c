"""Seconds per EM iteration and peak memory beside scikit-learn: full covariances on many rows.

Each measurement is a process of its own.  It draws the same rows, starts from the same mixture and runs a
few and then more iterations; the difference of the two times, divided by the iterations between them,
leaves out all that is done once.  emcli and scikit-learn take turns.  The log-likelihoods of both ends
are compared: same work, same answer.  A third kind of process only draws the rows, which shows how much
of the memory is the data.

    python benchmarks/iteration.py --rows 1000000 --columns 10 -k 8 --threads 1 2
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


@dataclass(frozen=True)
class Problem:
    """How many rows, columns and components; how many iterations beyond FEW; how many threads."""

    rows: int
    columns: int
    components: int
    iterations: int
    threads: int


@dataclass(frozen=True)
class Start:
    """weights (k,), means (k, d), covariances (k, d, d)."""

    weights: np.ndarray
    means: np.ndarray
    covariances: np.ndarray


def draw(problem: Problem) -> tuple[np.ndarray, Start]:
    """Rows from overlapping normals, and a start some way off: EM is still climbing when the count ends."""
    rng = np.random.default_rng(0)
    k, d = problem.components, problem.columns
    centres = rng.normal(scale=1.5, size=(k, d))
    values = rng.normal(size=(problem.rows, d))
    values += centres[rng.integers(k, size=problem.rows)]
    start = Start(np.full(k, 1 / k), centres + rng.normal(scale=0.5, size=(k, d)), np.stack([np.eye(d) * 2] * k))
    return values, start


def with_emcli(values: np.ndarray, start: Start, iterations: int, threads: int) -> float:
    """Log-likelihood at the last of `iterations` passes."""
    from functools import partial

    from emcli.core.covariances import COVARIANCES
    from emcli.core.families import Elliptical
    from emcli.core.fitting import FitOptions, fit_mixture
    from emcli.core.mixture import Mixture
    from emcli.engines.threads import engine_for

    options = FitOptions(
        n_components=len(start.weights),
        init=Mixture(start.weights, Elliptical(start.means, start.covariances, COVARIANCES["full"])),
        max_iterations=iterations,
        tolerance=1e-300,
        accelerate="none",
    )
    engine = partial(engine_for, n_threads=threads)
    fitted = fit_mixture(values, np.ones(len(values)), options, make_engine=engine)
    if fitted.iterations != iterations:
        raise SystemExit(f"emcli made {fitted.iterations} iterations, not {iterations}")
    return float(fitted.log_likelihood)


def with_scikit_learn(values: np.ndarray, start: Start, iterations: int, threads: int) -> float:
    """The bound of the last iteration, which is the log-likelihood before its M step, as in emcli."""
    import warnings

    from sklearn.exceptions import ConvergenceWarning
    from sklearn.mixture import GaussianMixture

    warnings.simplefilter("ignore", ConvergenceWarning)
    model = GaussianMixture(
        len(start.weights),
        tol=0.0,
        reg_covar=0.0,
        max_iter=iterations,
        weights_init=start.weights,
        means_init=start.means,
        precisions_init=np.linalg.inv(start.covariances),
    ).fit(values)
    return float(model.lower_bound_) * len(values)


def with_nothing(values: np.ndarray, start: Start, iterations: int, threads: int) -> float:
    return 0.0


PEERS: dict[str, Callable[[np.ndarray, Start, int, int], float]] = {
    "emcli": with_emcli,
    "scikit-learn": with_scikit_learn,
    "the rows alone": with_nothing,
}


def measure_here(peer: str, problem: Problem) -> dict[str, float]:
    """Run inside the child: times two fits and reads this process's own peak memory."""
    values, start = draw(problem)
    PEERS[peer](values[:1000].copy(), start, FEW, problem.threads)  # imports, and the pages they touch
    times = []
    for iterations in (FEW, FEW + problem.iterations):
        begin = time.perf_counter()
        log_likelihood = PEERS[peer](values, start, iterations, problem.threads)
        times.append(time.perf_counter() - begin)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "seconds": (times[1] - times[0]) / problem.iterations,
        "peak": peak,
        "log_likelihood": log_likelihood,
    }


def measure(peer: str, problem: Problem) -> dict[str, float]:
    """Start a child whose linear algebra has as many threads as the problem says."""
    threads = str(problem.threads)
    limits = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), threads)
    command = [sys.executable, __file__, "--child", peer, json.dumps(asdict(problem))]
    child = subprocess.run(command, env={**os.environ, **limits}, check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(child.stdout)
    return found


def compare(problem: Problem, rounds: int) -> list[list[str]]:
    """The rows of the table for one number of threads."""
    found: dict[str, list[dict[str, float]]] = {peer: [] for peer in PEERS}
    for _ in range(rounds):
        for peer in PEERS:
            found[peer].append(measure(peer, problem))
    ends = [found[peer][0]["log_likelihood"] for peer in ("emcli", "scikit-learn")]
    if not np.isclose(*ends, rtol=1e-9, atol=0):
        raise SystemExit(f"not the same work: log-likelihoods {ends}")
    return [
        [
            peer,
            str(problem.threads),
            *(f"{figure([one['seconds'] for one in runs]):.3f}" for figure in (min, statistics.median, max)),
            f"{max(one['peak'] for one in runs):.0f}",
        ]
        for peer, runs in found.items()
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description="Seconds per EM iteration beside scikit-learn.")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--columns", type=int, default=10)
    parser.add_argument("-k", "--components", type=int, default=8)
    parser.add_argument("--iterations", type=int, default=6)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, len(os.sched_getaffinity(0))])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--child", nargs=2, metavar=("PEER", "PROBLEM"), help=argparse.SUPPRESS)
    told = parser.parse_args()
    if told.child:
        peer, problem = told.child
        print(json.dumps(measure_here(peer, Problem(**json.loads(problem)))))
        return
    size = (told.rows, told.columns, told.components, told.iterations)
    rows = [line for n in told.threads for line in compare(Problem(*size, n), told.rounds)]
    print(machine())
    print(f"{told.rows} x {told.columns}, k = {told.components}, full; {told.rounds} rounds\n")
    print(table(["", "threads", "s/iteration min", "median", "max", "peak MiB of the process"], rows))


if __name__ == "__main__":
    main()
