"""What a command may import before it does its work: imports are most of what a shell user waits for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

IRIS = Path(__file__).parents[2] / "sample_data" / "iris.csv"
HEAVY = {"numpy", "pandas", "pyarrow", "scipy", "sklearn", "yaml", "pydantic", "matplotlib"}


def loaded(folder: Path, *arguments: str) -> set[str]:
    """Modules that a whole process of emcli imports, by the interpreter's own account."""
    command = [sys.executable, "-X", "importtime", "-m", "emcli", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, timeout=60, check=False)
    assert done.returncode == 0, done.stderr[-1000:]
    accounts = (line.rpartition("|") for line in done.stderr.splitlines() if line.startswith("import time:"))
    return {name.strip() for _, _, name in accounts}


@pytest.mark.parametrize(
    "arguments",
    [["--version"], ["--help"], ["fit", "--help"], ["columns", "--help"]],
    ids=" ".join,
)
def test_help_and_version_load_nothing_heavy(arguments: list[str], tmp_path: Path) -> None:
    assert not loaded(tmp_path, *arguments) & HEAVY


def test_version_does_not_even_load_typer(tmp_path: Path) -> None:
    assert not loaded(tmp_path, "--version") & {"typer", "rich"}


def test_a_fit_loads_numpy_and_leaves_pandas_alone(tmp_path: Path) -> None:
    packages = loaded(tmp_path, "fit", str(IRIS), "-k", "2", "-o", "model.yaml")
    assert "numpy" in packages
    assert not packages & {
        "pandas",
        "scipy",
        "sklearn",
        "pydantic",
        "matplotlib",
        "dask",
        "distributed",
        "rich.console",
    }
    others = {"emcli.core.sweep", "emcli.core.complete.imputation", "emcli.cli.screen.scatter", "emcli.engines.dask"}
    assert not packages & others  # what other commands and a terminal need
