"""Tables that nearly everybody has: what a pass costs when many climbs share it, and how long whole commands take.

    python benchmarks/small.py                                # everything
    python benchmarks/small.py --only passes
    python benchmarks/small.py --against /elsewhere/bin/emcli  # the same commands of another version, in turn

Passes are timed in this process, per climb, with one climb and with many; commands as whole processes with one thread,
beside R's mclust where Rscript and the package are found.  All figures of a row are from one run.
"""

from __future__ import annotations

import argparse
import csv
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from report import machine, table

ROOT = Path(__file__).parents[1]
IRIS, FAITHFUL = ROOT / "sample_data" / "iris.csv", ROOT / "sample_data" / "faithful.csv"
COMPANY = (1, 10, 50, 200)
MODELS = ("full", "tied", "diag", "VEV", "EVE", "VEE", "VVE")

MCLUST = """
suppressMessages(library(mclust))
a <- commandArgs(trailingOnly = TRUE)
x <- read.csv(a[1]); x <- x[sapply(x, is.numeric)]
models <- if (a[2] == "all") mclust.options("emModelNames") else a[2]
b <- mclustBIC(x, G = 1:9, modelNames = models, verbose = FALSE)
print(b)
"""


def iris() -> np.ndarray:
    with IRIS.open() as file:
        return np.array([[float(cell) for cell in row[:4]] for row in list(csv.reader(file))[1:]])


def with_holes(values: np.ndarray, share: float, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    holed = np.where(rng.random(values.shape) < share, np.nan, values)
    return holed[~np.isnan(holed).all(axis=1)]


def passes(rounds: int) -> Iterator[list[object]]:
    """Microseconds per pass and climb."""
    from emcli.core.fit.asking import drive, together
    from emcli.core.fit.fitting import Fit
    from emcli.core.fit.options import FitOptions
    from emcli.core.fit.problem import Problem
    from emcli.core.rows.engine import Serial
    from emcli.core.rows.survey import survey
    from emcli.data.blocks import in_blocks

    cases = [(name, iris(), name) for name in MODELS]
    cases += [(f"{name}, 10 % holes", with_holes(iris(), 0.1), name) for name in ("full", "diag")]
    for title, values, name in cases:
        rows = in_blocks(values, np.ones(len(values)))
        names = [f"c{j}" for j in range(values.shape[1])]
        problem = Problem(rows, survey(rows), n_components=3, make_engine=Serial, names=names)
        fit = Fit(problem, FitOptions(3, name))
        search = fit.search(fit.everything)
        starts = drive(together([make() for make in search.fresh(max(COMPANY), 3)]))
        questions = [fit.everything.question(theta) for theta in starts]
        for _ in range(5):
            answers = fit.passing(questions)
            questions = [fit.everything.question(a.successor if a.usable else a.theta) for a in answers]
        yield [title, *(f"{per_climb(fit.passing, questions[:n], rounds):.1f}" for n in COMPANY)]


def per_climb(ask: Callable[[list[object]], object], questions: Sequence[object], rounds: int) -> float:
    asked, times = list(questions), max(3, 400 // len(questions))
    best = np.inf
    for _ in range(rounds):
        begin = time.process_time()
        for _ in range(times):
            ask(asked)
        best = min(best, (time.process_time() - begin) / times / len(asked))
    return 1e6 * best


def replicates(n: int) -> float:
    """Processor seconds of n bootstrap replicates of iris, k = 3, each climbed from the fit of all rows."""
    from emcli.core.fit.asking import drive, together
    from emcli.core.fit.fitting import Fit, fit_mixture
    from emcli.core.fit.options import FitOptions
    from emcli.core.fit.problem import Problem
    from emcli.core.passes.case_weights import Replicates
    from emcli.core.rows.engine import Serial
    from emcli.core.rows.survey import survey
    from emcli.data.blocks import in_blocks

    values = iris()
    best = fit_mixture(values, np.ones(len(values)), FitOptions(3)).mixture
    begin = time.process_time()
    counts = np.random.default_rng(0).multinomial(150, np.full(150, 1 / 150), size=n).astype(float)
    rows = in_blocks(values, np.ones(150))
    problem = Problem(
        rows, survey(rows), n_components=3, make_engine=Serial, names=list("abcd"), case_weights=Replicates(counts)
    )
    fits = [Fit(problem, FitOptions(3, init=best), counting=i + 1) for i in range(n)]
    drive(together([fit.run() for fit in fits]))
    return time.process_time() - begin


def holed_table(folder: Path) -> Path:
    """200 rows x 6 columns in three clusters, 15 % of the cells missing."""
    rng = np.random.default_rng(1)
    values = rng.normal(size=(200, 6)) + 2.5 * rng.normal(size=(3, 6))[rng.integers(3, size=200)]
    path = folder / "holes.csv"
    with path.open("w") as file:
        file.write(",".join("abcdef") + "\n")
        for row in with_holes(values, 0.15):
            file.write(",".join("" if np.isnan(cell) else f"{cell:.6f}" for cell in row) + "\n")
    return path


def commands(folder: Path) -> dict[str, tuple[list[str], list[str] | None]]:
    """The words of emcli, and the arguments of the mclust script that does the same where it can."""
    holes = str(holed_table(folder))
    select, out = ["select-k", "-q", "--threads", "1", "-o", str(folder / "t.csv")], str(folder / "o")
    return {
        "fit iris -k 3": (["fit", str(IRIS), "-k", "3", "-q", "-o", out + ".yaml"], None),
        "select-k iris -k 1-9 all, no folds": (
            [*select, str(IRIS), "-k", "1-9", "--covariance", "all", "--folds", "0"],
            [str(IRIS), "all"],
        ),
        "the same with 5 folds": ([*select, str(IRIS), "-k", "1-9", "--covariance", "all"], None),
        "select-k faithful -k 1-9 full, no folds": (
            [*select, str(FAITHFUL), "-k", "1-9", "--folds", "0"],
            [str(FAITHFUL), "VVV"],
        ),
        "select-k 200 x 6 with holes, -k 1-10": ([*select, holes, "-k", "1-10"], None),
        "impute 200 x 6 with holes, -k auto": (["impute", holes, "-k", "auto", "-q", "-o", out + ".csv"], None),
        "select-k faithful -k 1-5 --bootstrap 100": (
            [*select, str(FAITHFUL), "-k", "1-5", "--folds", "0", "--bootstrap", "100"],
            None,
        ),
    }


def processor_time(call: Sequence[str]) -> float:
    """Seconds of processor time of a whole process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(call, capture_output=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime)


def whole(rounds: int, against: str | None) -> Iterator[list[object]]:
    """Median seconds of processor time: emcli, the other version, mclust."""
    rscript = shutil.which("Rscript")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        script = folder / "mclust.R"
        script.write_text(MCLUST)
        for title, (words, peer) in commands(folder).items():
            calls = {"emcli": [sys.executable, "-m", "emcli", *words]}
            if against is not None:
                calls["other"] = [against, *words]
            if rscript is not None and peer is not None:
                calls["mclust"] = [rscript, str(script), *peer]
            taken: dict[str, list[float]] = {key: [] for key in calls}
            for _ in range(rounds):
                for key, call in calls.items():
                    taken[key].append(processor_time(call))
            yield [
                title,
                *(f"{np.median(taken[key]):.2f}" if key in taken else "" for key in ("emcli", "other", "mclust")),
            ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", choices=("passes", "commands"))
    parser.add_argument("--against", help="the emcli command of another version")
    given = parser.parse_args()
    print(machine())
    if given.only != "commands":
        print("\nmicroseconds per pass and climb, iris, k = 3, by how many climbs share the pass\n")
        print(table(["model", *map(str, COMPANY)], list(passes(given.rounds))))
        print(f"\n200 bootstrap replicates of iris, k = 3: {replicates(200):.2f} s")
    if given.only != "passes":
        print("\nseconds of processor time of whole processes, medians\n")
        print(table(["command", "emcli", "other version", "mclust"], list(whole(given.rounds, given.against))))


if __name__ == "__main__":
    main()
