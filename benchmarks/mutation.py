"""How many small faults in `core/` and `io/` the narrow tests notice.

A sample of the places where cosmic-ray's operators can change the code (another number, operator or comparison, a
condition turned round, a loop that is skipped ...), one change at each, is tried one by one on a copy of the
checkout: a change is killed if a test of `tests/unit`, `tests/contracts` or `tests/fuzz` that reaches the line fails
or does not end.  Test files are tried in the order of the time they take.  Changes in annotations, of decorators, and
of one bit operation into another (they kill themselves) are left out of the draw.

    pip install -e '.[test]' cosmic-ray coverage
    python benchmarks/mutation.py --sample 200 --seed 1
"""

from __future__ import annotations

import argparse
import ast
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
PARTS = ("emcli/core", "emcli/io")
TESTS = ("tests/unit", "tests/contracts", "tests/fuzz")
LONGEST = 90  # seconds of all tests together that one change is given
ARITHMETIC = {"Add", "Sub", "Mul", "Div"}
COMPARISON = {"Lt", "LtE", "Gt", "GtE", "Eq", "NotEq"}
OTHERS = {
    "NumberReplacer",
    "AddNot",
    "ReplaceAndWithOr",
    "ReplaceOrWithAnd",
    "ReplaceTrueWithFalse",
    "ReplaceFalseWithTrue",
    "ReplaceUnaryOperator_Delete_USub",
    "ReplaceUnaryOperator_Delete_Not",
    "ReplaceBreakWithContinue",
    "ReplaceContinueWithBreak",
    "ZeroIterationForLoop",
    "ExceptionReplacer",
}


@dataclass(frozen=True)
class Change:
    """One place, and what is done to it."""

    path: str
    line: int
    column: int
    operator: str
    occurrence: int


def drawn(copy: Path, sample: int, seed: int) -> list[Change]:
    """A sample of the places that can be changed, with one change for each."""
    session, settings = copy / "session.sqlite", copy / "cosmic-ray.toml"
    modules = ", ".join(f'"{part}"' for part in PARTS)
    settings.write_text(
        f'[cosmic-ray]\nmodule-path = [{modules}]\ntimeout = 60.0\nexcluded-modules = []\ntest-command = "true"\n'
        '[cosmic-ray.distributor]\nname = "local"\n',
        encoding="utf-8",
    )
    subprocess.run(["cosmic-ray", "init", settings.name, session.name], cwd=copy, check=True)
    query = "select module_path, start_pos_row, start_pos_col, operator_name, occurrence from mutation_specs"
    places: dict[tuple[str, int, int], list[Change]] = {}
    annotated: dict[str, set[tuple[int, int]]] = {}
    with sqlite3.connect(session) as rows:
        for row in sorted(rows.execute(query)):
            change = Change(*row)
            if change.path not in annotated:
                annotated[change.path] = annotations(copy / change.path)
            if sensible(change.operator) and (change.line, change.column) not in annotated[change.path]:
                places.setdefault((change.path, change.line, change.column), []).append(change)
    random.seed(seed)
    chosen = random.sample(sorted(places), sample)
    print(f"{len(places)} places, {sum(map(len, places.values()))} changes; {sample} places drawn (seed {seed})")
    return [random.choice(places[place]) for place in chosen]


def sensible(operator: str) -> bool:
    name = operator.removeprefix("core/")
    kind, _, swap = name.partition("_")
    pair = set(swap.split("_"))
    if kind == "ReplaceBinaryOperator":
        return pair <= ARITHMETIC
    return pair <= COMPARISON if kind == "ReplaceComparisonOperator" else name in OTHERS


def annotations(path: Path) -> set[tuple[int, int]]:
    """Where annotations stand: they are never evaluated."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        for annotation in (getattr(node, "annotation", None), getattr(node, "returns", None)):
            if annotation is not None:
                found |= {(part.lineno, part.col_offset) for part in ast.walk(annotation) if hasattr(part, "lineno")}
                found |= {
                    (part.lineno, column)
                    for part in ast.walk(annotation)
                    if isinstance(part, ast.BinOp)
                    for column in range(part.col_offset, (part.end_col_offset or 0))
                }
    return found


def pytest(copy: Path, files: list[str], timeout: float, *before: str) -> bool:
    """Whether the tests pass in time."""
    call = [sys.executable, *before, "-m", "pytest", "-x", "-q", "-n0", "-p", "no:cacheprovider", *files]
    env = {**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        return (
            subprocess.run(call, cwd=copy, env=env, capture_output=True, timeout=timeout, check=False).returncode == 0
        )
    except subprocess.TimeoutExpired:
        return False


def reached(copy: Path, data: Path) -> tuple[dict[tuple[str, int], set[str]], dict[str, float]]:
    """Which test files reach a line, and how long each takes."""
    import coverage

    seconds = {}
    for test in sorted(path for folder in TESTS for path in (copy / folder).rglob("test_*.py")):
        name, began = str(test.relative_to(copy)), time.monotonic()
        before = [
            "-m",
            "coverage",
            "run",
            f"--data-file={data}",
            "-a",
            f"--context={name}",
            f"--source={','.join(PARTS)}",
        ]
        if not pytest(copy, [name], 600, *before):
            raise SystemExit(f"{name} does not pass unchanged")
        seconds[name] = time.monotonic() - began
    collected = coverage.CoverageData(str(data))
    collected.read()
    lines: dict[tuple[str, int], set[str]] = {}
    for path in collected.measured_files():
        for line, contexts in collected.contexts_by_lineno(path).items():
            lines[str(Path(path).relative_to(copy)), line] = set(contexts)
    return lines, seconds


def main() -> None:
    parser = argparse.ArgumentParser(description="Mutation testing of core/ and io/ on a sample.")
    parser.add_argument("--sample", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    from cosmic_ray.mutating import use_mutation
    from cosmic_ray.plugins import get_operator

    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "emcli"
        shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".*", "__pycache__"))
        changes = drawn(copy, chosen.sample, chosen.seed)
        lines, seconds = reached(copy, Path(folder) / "coverage")
        ends: Counter[tuple[str, str]] = Counter()
        for change in changes:
            files = sorted(lines.get((change.path, change.line), ()), key=seconds.__getitem__)
            part = change.path.split("/")[1]
            with use_mutation(copy / change.path, get_operator(change.operator)(), change.occurrence) as (_, changed):
                assert changed is not None
                end = "not reached" if not files else "survived" if pytest(copy, files, LONGEST) else "killed"
                shown = changed.splitlines()[change.line - 1].strip()
            ends[part, end] += 1
            if end != "killed":
                print(f"{end}: {change.path}:{change.line} {change.operator} {shown}", flush=True)
        for (part, end), n in sorted(ends.items()):
            print(part, end, n)


if __name__ == "__main__":
    main()
