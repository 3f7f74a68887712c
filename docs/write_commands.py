"""Writes commands.md, the help pages of emcli and of every command: `python docs/write_commands.py`.

The tests compare the file with what the program says, so it is never behind.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

TARGET = Path(__file__).with_name("commands.md")
WIDTH = "100"


def help_of(*command: str) -> str:
    """What `emcli COMMAND --help` prints, at a fixed width and without colours."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("EMCLI_")}
    environment = {**kept, "COLUMNS": WIDTH, "NO_COLOR": "1"}
    call = [sys.executable, "-m", "emcli", *command, "--help"]
    return subprocess.run(call, env=environment, capture_output=True, text=True, check=True).stdout


def commands() -> list[str]:
    """The names under "Commands:" on the first help page, in its order."""
    _, _, after = help_of().partition("Commands:\n")
    listed, _, _ = after.partition("\n\n")
    return re.findall(r"^  ([a-z][a-z-]*)  ", listed, flags=re.MULTILINE)


def page() -> str:
    """The whole file."""
    parts = [
        "# Every command and option\n\nWritten by `docs/write_commands.py` from the program's own help.\n"
    ]
    parts.append(f"```text\n{help_of().rstrip()}\n```\n")
    parts += [f"## emcli {name}\n\n```text\n{help_of(name).rstrip()}\n```\n" for name in commands()]
    return "\n".join(parts)


if __name__ == "__main__":
    TARGET.write_text(page(), encoding="utf-8")
