"""Everything the README shows is run: commands, printed answers, the model file, the Makefile, the Python."""

from __future__ import annotations

import math
import re
import shutil
from pathlib import Path

import pytest
from refresh import PAGES, README, ROOT, Shell, fenced, page, readme

TEXT = README.read_text(encoding="utf-8")
NOT_HERE = ("pip install", "python benchmarks/")  # the first is for .ci/run, the second takes minutes
NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?")
EFFORT = re.compile(r"^  (iterations|predicted_gain|starts):.*\n", re.MULTILINE)


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


def lines(language: str) -> list[str]:
    return [line for block in fenced(language).findall(TEXT) for line in block.splitlines()]


def same(printed: str, documented: str) -> bool:
    """Equal texts, but for spacing and the last digits of numbers."""
    words, numbers = _apart(printed)
    wanted_words, wanted_numbers = _apart(documented)
    pairs = zip(numbers, wanted_numbers, strict=False)
    close = (math.isclose(a, b, rel_tol=2e-3, abs_tol=2e-3) for a, b in pairs)
    return words == wanted_words and len(numbers) == len(wanted_numbers) and all(close)


def _apart(text: str) -> tuple[list[str], list[float]]:
    """The words with numbers cut out, and the numbers."""
    return NUMBER.sub("0", text).split(), [float(number) for number in NUMBER.findall(text)]


def test_the_commands_of_the_readme_work_one_after_the_other(shell: Shell) -> None:
    for command in lines("sh"):
        if not command.startswith(NOT_HERE):
            done = shell(command)
            assert done.returncode == 0 and "emcli: error" not in done.stderr, (command, done.stderr)


def test_what_the_readme_says_is_printed_is_printed(shell: Shell) -> None:
    now = readme(shell)
    for language in ("console", "yaml"):
        is_, was = ("".join(fenced(language).findall(text)) for text in (now, TEXT))
        assert was
        # How long a search took may differ from one processor to another; what it found may not.
        assert same(EFFORT.sub("", is_), EFFORT.sub("", was)), f"run: python docs/refresh.py\n{is_}"


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_what_a_page_says_is_printed_is_printed(path: Path, shell: Shell) -> None:
    was = "".join(fenced("console").findall(path.read_text(encoding="utf-8")))
    is_ = "".join(fenced("console").findall(page(path, shell)))
    assert same(is_, was), f"run: python docs/refresh.py\n{is_}"


def test_the_python_of_the_readme_runs(shell: Shell) -> None:
    (shell.folder / "readme.py").write_text("\n".join(lines("python")), encoding="utf-8")
    done = shell("python -W error readme.py")
    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(shutil.which("make") is None, reason="there is no make here")
def test_the_makefile_of_the_readme_makes_what_it_says(shell: Shell) -> None:
    folder = shell.folder
    (folder / "Makefile").write_text("\n".join([*lines("make"), ""]), encoding="utf-8")
    (folder / "new").mkdir()
    shutil.copy(ROOT / "sample_data" / "iris.csv", folder / "flowers.csv")
    shutil.copy(ROOT / "sample_data" / "iris.csv", folder / "new" / "may.csv")
    done = shell("make labelled/may.csv")
    assert done.returncode == 0, done.stderr
    assert (folder / "labelled" / "may.csv").read_text(encoding="utf-8").count("\n") == 151
    assert "up to date" in shell("make labelled/may.csv").stdout


def test_the_scripts_of_the_readme_exist() -> None:
    scripts = [line.split()[1] for line in lines("sh") if line.startswith("python ")]
    assert scripts and all((ROOT / script).is_file() for script in scripts)


def test_numbers_are_compared_as_numbers_and_words_as_words() -> None:
    assert same("weight 0.33334  mean 5.0", "weight 0.3333 mean 5.0001")
    assert not same("weight 0.34", "weight 0.33")
    assert not same("weight 0.33", "height 0.33")
    assert not same("weight 0.33 and 1", "weight 0.33 and")
