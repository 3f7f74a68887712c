"""How the cost of `emcli fit` grows with rows, components and columns: whole processes, a table and a picture.

The number of passes differs from data set to data set, so the cost is told as a whole and per pass over all rows: what
more passes from a given start cost beyond a few, divided by how many more were made.  The start is twice as wide as the
truth, so that EM is still climbing when the count ends.

    python benchmarks/scaling.py --rows 10000 100000 1000000 10000000 --picture docs/pictures/scaling.png
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml

from report import machine, table
from whole_command import Cost, emcli, made, overlapping, run

FEW, MANY = 2, 12
ROUNDS = 2  # the quicker of so many counts


@dataclass(frozen=True)
class Point:
    """One problem and what it cost: the whole fit with the defaults, and one pass."""

    rows: int
    columns: int
    k: int
    whole: Cost
    per_pass: float


def measured(rows: int, columns: int, k: int) -> Point:
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        data = made(folder, rows, columns, k)
        base = emcli("fit", str(data), "-k", str(k), "-o", str(folder / "model.yaml"))
        whole, _ = run(base)
        start = overlapping(columns, k)
        for component in start["components"]:
            component["covariance"] = (2 * np.array(component["covariance"])).tolist()
        (folder / "start.yaml").write_text(yaml.safe_dump(start), encoding="utf-8")
        given = ["--init", str(folder / "start.yaml"), "--accelerate", "none", "--tol", "1e-300"]
        cost, made_passes = [], []
        for passes in (FEW, MANY):
            cost.append(min(run([*base, *given, "--max-iter", str(passes)])[0].cpu for _ in range(ROUNDS)))
            model = yaml.safe_load((folder / "model.yaml").read_text(encoding="utf-8"))
            made_passes.append(model["fit"]["iterations"])
    return Point(rows, columns, k, whole, (cost[1] - cost[0]) / (made_passes[1] - made_passes[0]))


def draw(points: dict[str, list[tuple[float, Point]]], path: str) -> None:
    """CPU seconds per pass against rows, components and columns, in logarithms; a straight line is a power."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 3), layout="constrained")
    for axes, (what, line) in zip(figure.subplots(1, len(points)), points.items(), strict=True):
        xs, ys = [x for x, _ in line], [point.per_pass for _, point in line]
        power = 2 if what == "columns" else 1
        axes.loglog(xs, ys, "o-", label="measured")
        axes.loglog(xs, [ys[-1] * (x / xs[-1]) ** power for x in xs], "--", color="grey", label=f"power {power}")
        axes.set(xlabel=what, ylabel="CPU seconds per pass")
        axes.set_xticks(xs, [f"{x:.0e}" if x > 1000 else f"{x:g}" for x in xs])
        axes.minorticks_off()
        axes.legend(frameon=False)
    figure.savefig(path, metadata={"Software": None}, dpi=110)


def main() -> None:
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000, 100_000, 1_000_000, 10_000_000])
    parser.add_argument("--components", type=int, nargs="+", default=[2, 4, 8, 16])
    parser.add_argument("--columns", type=int, nargs="+", default=[4, 8, 16, 32])
    parser.add_argument("--picture", help="where to draw it")
    told = parser.parse_args()
    points = {
        "rows": [(float(n), measured(n, 4, 3)) for n in told.rows],
        "components": [(float(k), measured(400_000, 8, k)) for k in told.components],
        "columns": [(float(d), measured(400_000, d, 4)) for d in told.columns],
    }
    print(machine() + "\n")
    lines = [
        [
            f"{p.rows} x {p.columns}, k = {p.k}",
            f"{p.whole.wall:.2f}",
            f"{p.whole.cpu:.2f}",
            f"{p.whole.peak:.0f}",
            f"{p.per_pass:.4f}",
        ]
        for line in points.values()
        for _, p in line
    ]
    print(table(["", "fit, wall s", "CPU s", "peak MiB", "CPU s per pass"], lines))
    if told.picture:
        draw(points, told.picture)


if __name__ == "__main__":
    main()
