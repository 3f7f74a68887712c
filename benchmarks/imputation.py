"""How well hidden cells are found again, beside the peers.

In real data sets 15 % of the known cells are hidden at random, a few times over; every method fills them.  The error is
the root mean square over all hidden cells, in standard deviations of the column.  Methods that draw are also judged
by their 90 % intervals: the share of hidden values inside.  Times are whole processes for emcli (start included) and
calls for the others.

emcli is the command itself, with -k 1 and with the k of lowest BIC from 1 to 4 (the time of all four fits counts);
mixtures with fewer than three rows per parameter, of which emcli warns, are no candidates.
Peers in R take part where Rscript and their packages are found.

    python benchmarks/imputation.py --masks 2
"""

from __future__ import annotations

import argparse
import csv
import json
import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from report import machine, table

HERE = Path(__file__).parent
DATA = HERE.parent / "tests" / "oracles" / "reference" / "data"
HIDDEN = 0.15
N_DRAWS, LEFT_OUT = 39, 2  # of 39 draws the 2nd and the 38th leave out a new value once in ten
KS = (1, 2, 3, 4)
ROWS_PER_PARAMETER = 3
SETS = {
    "iris": ("iris.csv", ["Sepal.Length", "Sepal.Width", "Petal.Length", "Petal.Width"]),
    "faithful": ("faithful.csv", ["eruptions", "waiting"]),
    "diabetes": ("diabetes.csv", ["glucose", "insulin", "sspg"]),
    "cross": ("cross.csv", ["X1", "X2"]),
    "geyser": ("geyser.csv", ["waiting", "duration"]),
    "ruspini": ("ruspini.csv", ["x", "y"]),
    "airquality": ("airquality.csv", ["Ozone", "Solar.R", "Wind", "Temp"]),
    "mtcars": ("mtcars.csv", ["mpg", "disp", "hp", "wt"]),
    "wine": ("", []),
}
Array = NDArray[np.float64]


@dataclass
class Filled:
    """What a method made of a masked table; low and high where it knows an interval."""

    mean: Array
    seconds: float
    low: Array | None = None
    high: Array | None = None
    note: str = ""


@dataclass(frozen=True)
class Score:
    """Error in standard deviations, coverage of 90 % intervals (NaN: none), seconds."""

    error: float
    coverage: float
    seconds: float
    note: str


def load(name: str) -> tuple[list[str], Array]:
    """The numeric columns of a data set, NaN where a cell is missing anyway."""
    if name == "wine":
        from sklearn.datasets import load_wine

        found = load_wine()
        return [f"v{j}" for j in range(found.data.shape[1])], np.asarray(found.data, dtype=np.float64)
    file, columns = SETS[name]
    with (DATA / file).open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    return columns, np.array([[float(row[c]) if row[c] else np.nan for c in columns] for row in rows])


def hide(values: Array, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Cells to hide: known ones, and never the last known one of a row."""
    known = ~np.isnan(values)
    hidden = known & (rng.random(values.shape) < HIDDEN)
    bare = known.any(axis=1) & ~(known & ~hidden).any(axis=1)
    hidden[bare, (rng.random(values.shape) * known).argmax(axis=1)[bare]] = False
    return hidden


def write(path: Path, columns: list[str], values: Array) -> None:
    """A CSV with empty cells for NaN."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(columns)
        writer.writerows([["" if np.isnan(x) else repr(float(x)) for x in row] for row in values])


def read(path: Path) -> Array:
    return np.atleast_2d(np.genfromtxt(path, delimiter=",", skip_header=1))


def emcli(path: Path, k: int, folder: Path, *more: str) -> dict[str, object]:
    call = [sys.executable, "-m", "emcli", "impute", str(path), "-k", str(k), "-q", "--starts", "4"]
    out = ["-o", str(folder / f"k{k}.csv"), "--json"] if not more else list(more)
    done = subprocess.run([*call, *out], capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout)) if not more else {}


def parameters(k: int, d: int) -> int:
    """Parameters of k components in d columns."""
    return k * (d + d * (d + 1) // 2) + k - 1


def by_emcli(path: Path, folder: Path, ks: tuple[int, ...]) -> Filled:
    """The command with the k of lowest BIC; its draws, for the intervals, are not in the time."""
    began = time.perf_counter()
    n, d = read(path).shape
    bics = {}
    for k in ks:
        try:
            if k == 1 or ROWS_PER_PARAMETER * parameters(k, d) <= n:
                bics[k] = float(str(emcli(path, k, folder)["bic"]))
        except subprocess.CalledProcessError:
            continue  # too few rows for so many components
    seconds = time.perf_counter() - began
    k = min(bics, key=lambda one: bics[one])
    emcli(path, k, folder, "--draws", str(N_DRAWS), "--draw-files", str(folder / f"draw_{len(ks)}_{{}}.csv"))
    draws = np.sort([read(folder / f"draw_{len(ks)}_{m}.csv") for m in range(1, N_DRAWS + 1)], axis=0)
    return Filled(read(folder / f"k{k}.csv"), seconds, draws[LEFT_OUT - 1], draws[-LEFT_OUT], f"k={k}")


def by_imputer(masked: Array, make: Callable[[], object]) -> Filled:
    """A transformer of scikit-learn."""
    began = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        filled = make().fit_transform(masked)  # type: ignore[attr-defined]
    return Filled(np.asarray(filled), time.perf_counter() - began)


def by_r(path: Path, folder: Path) -> Iterator[tuple[str, Filled]]:
    """The peers in R that are installed."""
    if shutil.which("Rscript") is None:
        return
    call = ["Rscript", str(HERE / "imputation.R"), str(path), str(folder), str(N_DRAWS)]
    subprocess.run(call, capture_output=True, check=False)
    for name in ("mice (pmm)", "Amelia", "missForest"):
        seconds = folder / f"{name}.seconds"
        if seconds.exists():
            low, high = folder / f"{name}.low.csv", folder / f"{name}.high.csv"
            yield (
                name,
                Filled(
                    read(folder / f"{name}.mean.csv"),
                    float(seconds.read_text(encoding="utf-8")),
                    read(low) if low.exists() else None,
                    read(high) if high.exists() else None,
                ),
            )


def methods(columns: list[str], masked: Array) -> Iterator[tuple[str, Filled]]:
    """Every method's answer."""
    from sklearn.experimental import enable_iterative_imputer  # noqa: F401
    from sklearn.impute import IterativeImputer, KNNImputer, SimpleImputer

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "masked.csv"
        write(path, columns, masked)
        yield "mean fill", by_imputer(masked, SimpleImputer)
        yield "emcli, k by BIC", by_emcli(path, folder, KS)
        yield "emcli -k 1", by_emcli(path, folder, (1,))
        yield "IterativeImputer", by_imputer(masked, lambda: IterativeImputer(max_iter=100, random_state=0))
        yield "KNNImputer", by_imputer(masked, KNNImputer)
        yield from by_r(path, folder)


def score(values: Array, masked: Array, hidden: NDArray[np.bool_], filled: Filled) -> Score:
    """Hidden values beside what was filled in; a column that could not be filled makes no difference."""
    spread = np.nanstd(masked, axis=0)
    wrong = ((filled.mean - values) / spread)[hidden]
    coverage = float("nan")
    if filled.low is not None and filled.high is not None:
        coverage = float(((values >= filled.low) & (values <= filled.high))[hidden].mean())
    return Score(float(np.sqrt(np.mean(wrong**2))), coverage, filled.seconds, filled.note)


def main() -> None:
    """Print one table of errors, one of coverage, one of seconds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--masks", type=int, default=2)
    parser.add_argument("--sets", nargs="*", default=list(SETS))
    chosen = parser.parse_args()
    scores: dict[str, dict[str, list[Score]]] = {}
    for name in chosen.sets:
        columns, values = load(name)
        for mask in range(chosen.masks):
            hidden = hide(values, np.random.default_rng([2024, mask]))
            masked = np.where(hidden, np.nan, values)
            for method, filled in methods(columns, masked):
                found = score(values, masked, hidden, filled)
                scores.setdefault(method, {}).setdefault(name, []).append(found)
                print(f"{name} {mask} {method}: {found}", file=sys.stderr, flush=True)
    print(f"{machine()}\n")
    report(scores, chosen.sets)


def report(scores: dict[str, dict[str, list[Score]]], sets: list[str]) -> None:
    """The tables; the lowest error of a data set stands in bold."""
    print(f"Root mean square error, in standard deviations ({HIDDEN:.0%} of the cells hidden)\n")
    means = {m: {s: float(np.mean([one.error for one in of[s]])) for s in sets if s in of} for m, of in scores.items()}
    best = {s: min(of[s] for of in means.values() if s in of) for s in sets}
    rows = [
        [m, *(f"**{of[s]:.3f}**" if of.get(s) == best[s] else f"{of[s]:.3f}" if s in of else "failed" for s in sets)]
        for m, of in means.items()
    ]
    print(table(["method", *sets], rows))
    print("\nHidden values inside the 90 % interval, and seconds per table (median)\n")
    rows = []
    for method, of in scores.items():
        coverage = [f"{np.mean([one.coverage for one in of[s]]):.0%}" if s in of else "failed" for s in sets]
        seconds = np.median([one.seconds for ones in of.values() for one in ones])
        rows.append([method, *("" if text == "nan%" else text for text in coverage), f"{seconds:.2f}"])
    print(table(["method", *sets, "seconds"], rows))
    chosen = {s: ", ".join(sorted({one.note for one in scores["emcli, k by BIC"].get(s, [])})) for s in sets}
    print("\nk chosen by BIC: " + "; ".join(f"{s} {note}" for s, note in chosen.items()))


if __name__ == "__main__":
    main()
