"""Everything the README shows is run: commands, printed answers, the model file, the Makefile, the Python."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from fences import ROOT, blocks, same

README = "README.md"
NOT_HERE = ("pip install", "python benchmarks/")  # the first is for .ci/run, the second takes minutes


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder like a checkout, with `emcli` and `python` being those that run this test."""
    for name in ("sample_data", "configs"):
        (tmp_path / name).symlink_to(ROOT / name)
    programs = tmp_path / "bin"
    programs.mkdir()
    for name, call in {"emcli": f'"{sys.executable}" -m emcli', "python": f'"{sys.executable}"'}.items():
        (programs / name).write_text(f'#!/bin/sh\nexec {call} "$@"\n', encoding="utf-8")
        (programs / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("COLUMNS", "100")
    return tmp_path


def shell(command: str, place: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["bash", "-c", command], cwd=place, capture_output=True, text=True, timeout=120, check=False)


def test_the_commands_of_the_readme_work_one_after_the_other(place: Path) -> None:
    for block in blocks(README, "sh"):
        for command in block.splitlines():
            if not command.startswith(NOT_HERE):
                done = shell(command, place)
                assert done.returncode == 0 and "error" not in done.stderr, (command, done.stderr)


def test_what_the_readme_says_is_printed_is_printed(place: Path) -> None:
    examples = [example for block in blocks(README, "console") for example in f"\n{block}".split("\n$ ")[1:]]
    assert examples
    for example in examples:
        command, _, documented = example.partition("\n")
        done = shell(f"{command} 2>&1", place)
        assert same(done.stdout, documented), (command, done.stdout)


def test_the_model_file_of_the_readme_is_the_one_that_is_written(place: Path) -> None:
    (documented,) = blocks(README, "yaml")
    done = shell("emcli fit sample_data/faithful.csv -k 2", place)
    # How long the search took may differ from one processor to another; what it found may not.
    effort = re.compile(r"^  (iterations|predicted_gain|starts):.*\n", re.MULTILINE)
    assert len(effort.findall(documented)) == 3
    assert same(effort.sub("", done.stdout), effort.sub("", documented)), done.stdout


def test_the_python_of_the_readme_runs(place: Path) -> None:
    for block in blocks(README, "python"):
        script = place / "readme.py"
        script.write_text(block, encoding="utf-8")
        done = shell(f"python -W error {script}", place)
        assert done.returncode == 0, done.stderr


@pytest.mark.skipif(shutil.which("make") is None, reason="there is no make here")
def test_the_makefile_of_the_readme_makes_what_it_says(place: Path) -> None:
    (fragment,) = blocks(README, "make")
    (place / "Makefile").write_text(fragment, encoding="utf-8")
    (place / "new").mkdir()
    shutil.copy(ROOT / "sample_data" / "iris.csv", place / "flowers.csv")
    shutil.copy(ROOT / "sample_data" / "iris.csv", place / "new" / "may.csv")
    done = shell("make labelled/may.csv", place)
    assert done.returncode == 0, done.stderr
    assert (place / "labelled" / "may.csv").read_text(encoding="utf-8").count("\n") == 151
    assert "up to date" in shell("make labelled/may.csv", place).stdout


def test_the_scripts_of_the_readme_exist() -> None:
    lines = [line for block in blocks(README, "sh") for line in block.splitlines()]
    scripts = [line.split()[1] for line in lines if line.startswith("python ")]
    assert scripts and all((ROOT / script).is_file() for script in scripts)


def test_numbers_are_compared_as_numbers_and_words_as_words() -> None:
    assert same("weight 0.33334  mean 5.0", "weight 0.3333 mean 5.0001")
    assert not same("weight 0.34", "weight 0.33")
    assert not same("weight 0.33", "height 0.33")
    assert not same("weight 0.33 and 1", "weight 0.33 and")
