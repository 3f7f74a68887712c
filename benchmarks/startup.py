"""How long a shell user waits: whole processes, from the call to the exit code.

Every round runs each command once, so that a slow moment of the machine falls on all of them.  The first
line is the floor: a Python that does nothing.

    python benchmarks/startup.py --rounds 20
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from report import machine, table

IRIS = Path(__file__).parents[1] / "sample_data" / "iris.csv"


def commands(folder: Path) -> dict[str, list[str]]:
    """What is timed, by the name it gets in the table; products go to `folder`."""
    emcli = [str(Path(sys.executable).with_name("emcli"))]
    return {
        "python -c pass": [sys.executable, "-c", "pass"],
        "emcli --version": [*emcli, "--version"],
        "emcli --help": [*emcli, "--help"],
        "emcli fit --help": [*emcli, "fit", "--help"],
        "emcli fit iris.csv -k 3": [*emcli, "fit", str(IRIS), "-k", "3", "-o", str(folder / "iris.yaml")],
        "emcli fit iris.csv -k 1": [*emcli, "fit", str(IRIS), "-k", "1", "-o", str(folder / "one.yaml")],
        "emcli assign iris.yaml iris.csv": [*emcli, "assign", str(folder / "iris.yaml"), str(IRIS)],
    }


def seconds(command: list[str]) -> float:
    """Wall time of one process; raises CalledProcessError if it fails."""
    begin = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - begin


def measure(rounds: int) -> dict[str, list[float]]:
    with tempfile.TemporaryDirectory() as name:
        timed = commands(Path(name))
        for command in timed.values():  # files into the cache, byte code to disk
            seconds(command)
        found: dict[str, list[float]] = {what: [] for what in timed}
        for _ in range(rounds):
            for what, command in timed.items():
                found[what].append(seconds(command))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description="Whole processes, interleaved.")
    parser.add_argument("--rounds", type=int, default=20)
    rounds = parser.parse_args().rounds
    found = measure(rounds)
    floor = statistics.median(found["python -c pass"])
    rows = [
        [
            f"`{what}`",
            *(f"{1000 * figure:.0f}" for figure in (min(times), statistics.median(times), max(times))),
            f"{1000 * (statistics.median(times) - floor):.0f}",
        ]
        for what, times in found.items()
    ]
    print(machine())
    print(f"milliseconds, {rounds} rounds\n")
    print(table(["process", "min", "median", "max", "median above python"], rows))


if __name__ == "__main__":
    main()
