"""Fixtures: emcli as a process, bash around it, a model and rows for it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from cluster_processes import running
from processes import EMCLI, IRIS, ROWS, TWO, Done, Run, environment


@pytest.fixture
def emcli(tmp_path: Path) -> Run:
    """Runs emcli in a folder of its own; `stdin` is text or bytes, nothing by default."""

    def run(*words: object, stdin: str | bytes = b"", env: Mapping[str, str] | None = None) -> Done:
        given = stdin.encode() if isinstance(stdin, str) else stdin
        done = subprocess.run(
            [*EMCLI, *map(str, words)],
            input=given,
            capture_output=True,
            cwd=tmp_path,
            env=environment(env),
            timeout=60,
            check=False,
        )
        err = done.stderr.decode()
        assert "Traceback" not in err or "--debug" in words, err
        return Done(done.returncode, done.stdout, err)

    return run


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an executable called emcli, for the PATH."""
    path = tmp_path_factory.mktemp("bin") / "emcli"
    path.write_text(f'#!/bin/sh\nexec {" ".join(EMCLI)} "$@"\n', encoding="utf-8")
    path.chmod(0o755)
    return path.parent


@pytest.fixture
def shell(tmp_path: Path, program: Path) -> Run:
    """Runs a line of bash."""

    def run(line: str, env: Mapping[str, str] | None = None) -> Done:
        around = environment(env)
        done = subprocess.run(
            ["bash", "--norc", "-c", line],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            cwd=tmp_path,
            env={**around, "PATH": f"{program}:{around['PATH']}"},
            timeout=60,
            check=False,
        )
        return Done(done.returncode, done.stdout, done.stderr.decode())

    return run


@pytest.fixture
def two(tmp_path: Path) -> Path:
    """A model file with two components."""
    path = tmp_path / "two.yaml"
    path.write_text(TWO, encoding="utf-8")
    return path


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    """Three rows for that model, with an id that is a number, a line break in quotes and a missing cell."""
    path = tmp_path / "rows.csv"
    path.write_bytes(ROWS.encode())
    return path


@pytest.fixture(scope="session")
def iris_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of the irises, fitted once."""
    path = tmp_path_factory.mktemp("models") / "iris.yaml"
    call = [*EMCLI, "fit", str(IRIS), "-k", "3", "--starts", "2", "-q", "-o", str(path)]
    subprocess.run(call, check=True, env=environment(), timeout=60)
    return path


@pytest.fixture(scope="session")
def scheduler(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The file of a scheduler with two workers, all started by their own commands."""
    with running(tmp_path_factory.mktemp("cluster")) as file:
        yield file
