"""What missing cells cost: processor seconds of one EM pass over rows with gaps beside the same rows complete.

`python benchmarks/gaps.py` takes rows of several shapes, hides 10 % of the cells in a given number of patterns
(0: every cell by itself), and prints a table with the ratio.
"""

from __future__ import annotations

import time

import numpy as np

from emcli.core.families.elliptical.covariances import covariance_named
from emcli.core.fit.asking import ask, drive
from emcli.core.fit.problem import Problem
from emcli.core.fit.starts import StartContext, from_labels
from emcli.core.model.assignment import soft
from emcli.core.rows.engine import Serial
from emcli.core.rows.survey import survey
from emcli.data.blocks import in_blocks
from emcli.data.rows import FloatArray

SHAPES = (
    *((100_000, 20, 8, "full", n) for n in (200, 1000, 4000, 0)),
    *((100_000, 10, 8, "full", n) for n in (200, 0)),
    *((100_000, 32, 16, "full", n) for n in (200, 1000)),
    (100_000, 20, 8, "diag", 0),
)
HIDDEN, ROUNDS = 0.1, 5


def seconds(rows: FloatArray, k: int, covariance: str) -> float:
    """Processor seconds of a pass: the least of some."""
    n, d = rows.shape
    blocks = in_blocks(rows, np.ones(n))
    problem = Problem(
        blocks,
        survey(blocks),
        n_components=k,
        make_engine=Serial,
        names=[str(j) for j in range(d)],
    )
    context = StartContext(problem.everything, problem.model(covariance_named(covariance)), problem.passing(soft))
    start = drive(from_labels(context, np.random.default_rng(2).integers(k, size=n), k))
    drive(ask(context.question(start)))
    taken = []
    for _ in range(ROUNDS):
        began = time.process_time()
        drive(ask(context.question(start)))
        taken.append(time.process_time() - began)
    return min(taken)


def main() -> None:
    """Measure and print."""
    print("| rows, columns, k | patterns | complete, s | with gaps, s | ratio |\n| --- | --- | --- | --- | --- |")
    for n, d, k, covariance, n_patterns in SHAPES:
        rng = np.random.default_rng(0)
        centres, labels = 6.0 * rng.normal(size=(k, d)), rng.integers(k, size=n)
        rows = centres[labels] + rng.normal(size=(n, d)) @ rng.normal(size=(d, d))
        hidden = rng.random((n, d)) < HIDDEN
        if n_patterns:
            hidden = (rng.random((n_patterns, d)) < HIDDEN)[rng.integers(n_patterns, size=n)]
        hidden[hidden.all(axis=1)] = False
        met = len(np.unique(np.packbits(hidden, axis=1), axis=0))
        whole, gappy = seconds(rows, k, covariance), seconds(np.where(hidden, np.nan, rows), k, covariance)
        shape = f"{n:,} x {d}, {k}, {covariance}"
        print(f"| {shape} | {met} | {whole:.3f} | {gappy:.3f} | {gappy / whole:.1f} |", flush=True)


if __name__ == "__main__":
    main()
