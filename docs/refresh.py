"""Brings the documents up to date with the program: `python docs/refresh.py`.

commands.md is written from the help pages.  In README.md and the other pages the lines below each `$ command` of a
console block become what the command prints now, and the model file shown in README.md becomes the one that is written
now.  The tests compare all of it with the program, so that a document cannot fall behind unseen.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
COMMANDS = ROOT / "docs" / "commands.md"
PAGES = [page for page in sorted((ROOT / "docs").glob("*.md")) if page != COMMANDS]
WIDTH = "100"
MODEL_SHOWN = "emcli fit sample_data/faithful.csv -k 2 -q"


def sandbox(folder: Path) -> dict[str, str]:
    """Make a folder look like a checkout; returns the environment in which `emcli` is this interpreter's."""
    for name in ("sample_data", "configs"):
        (folder / name).symlink_to(ROOT / name)
    programs = folder / "bin"
    programs.mkdir()
    for name, call in {"emcli": f'"{sys.executable}" -m emcli', "python": f'"{sys.executable}"'}.items():
        (programs / name).write_text(f'#!/bin/sh\nexec {call} "$@"\n', encoding="utf-8")
        (programs / name).chmod(0o755)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("EMCLI_")}
    path = f"{programs}{os.pathsep}{kept['PATH']}"
    return {**kept, "PATH": path, "PYTHONPATH": str(ROOT), "COLUMNS": WIDTH, "NO_COLOR": "1"}


class Shell:
    """Runs command lines in a sandbox, one after the other."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = sandbox(folder)

    def __call__(self, command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", "-c", command],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )


def commands(shell: Shell) -> list[str]:
    """The names under "Commands:" on the first help page, in its order."""
    _, _, after = shell("emcli --help").stdout.partition("Commands:\n")
    listed, _, _ = after.partition("\n\n")
    return re.findall(r"^  ([a-z][a-z-]*)  ", listed, flags=re.MULTILINE)


def commands_page(shell: Shell) -> str:
    """The text of commands.md."""
    calls = ["emcli", *(f"emcli {name}" for name in commands(shell))]
    pages = [f"## {call}\n\n```text\n{shell(f'{call} --help').stdout.rstrip()}\n```\n" for call in calls]
    return "\n".join(["# Every command and option\n\nWritten by `docs/refresh.py` from the program's help.\n", *pages])


def fenced(language: str) -> re.Pattern[str]:
    """Matches the blocks in one language; the group is what is inside."""
    return re.compile(rf"(?<=^```{language}\n)(.*?)(?=^```$)", re.MULTILINE | re.DOTALL)


def examples(block: str) -> list[str]:
    """The commands of a console block."""
    return re.findall(r"^\$ (.*)$", block, flags=re.MULTILINE)


def answered(block: str, shell: Shell) -> str:
    """A console block with what its commands print now."""
    return "".join(f"$ {command}\n{printed(command, shell)}" for command in examples(block))


def printed(command: str, shell: Shell) -> str:
    """What a reader sees on the terminal, without empty lines at the end."""
    text = shell(f"{{ {command}; }} 2>&1").stdout.rstrip("\n")
    return f"{text}\n" if text else ""


def readme(shell: Shell) -> str:
    """README.md with what the program prints now."""
    return _filled(page(README, shell), "yaml", lambda _: shell(MODEL_SHOWN).stdout)


def page(path: Path, shell: Shell) -> str:
    """A page with what the program prints now."""
    return _filled(path.read_text(encoding="utf-8"), "console", lambda block: answered(block, shell))


def _filled(text: str, language: str, fill: Callable[[str], str]) -> str:
    return fenced(language).sub(lambda found: fill(found[1]), text)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        shell = Shell(Path(folder))
        if shell("emcli --version").returncode:
            sys.exit("docs/refresh.py: this Python cannot run emcli; nothing was written")
        COMMANDS.write_text(commands_page(shell), encoding="utf-8")
        README.write_text(readme(shell), encoding="utf-8")
        for path in PAGES:
            path.write_text(page(path, shell), encoding="utf-8")


if __name__ == "__main__":
    main()
