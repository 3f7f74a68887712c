"""How much is said to the person at the terminal, and in which colours: the settings every command shares."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TextIO

from emcli.tasks.settings import check_fields, one_of

UNKNOWN_WIDTH = 80


@dataclass(frozen=True)
class ScreenSettings:
    """What goes to standard error; no product depends on it."""

    quiet: bool = False
    verbose: bool = False
    progress: str = one_of("auto", "always", "never")
    color: str = one_of("auto", "always", "never")
    debug: bool = False

    def __post_init__(self) -> None:
        check_fields(self)


def is_terminal(stream: TextIO | None) -> bool:
    """Whether a person looks at this stream."""
    try:
        return stream is not None and stream.isatty()
    except (OSError, ValueError):
        return False


def width_of(stream: TextIO | None) -> int:
    """Columns of the window behind a stream: COLUMNS, else what the terminal says, else 80."""
    asked = os.environ.get("COLUMNS", "")
    if asked.isascii() and asked.isdigit() and int(asked) > 0:
        return int(asked)
    try:
        return (os.get_terminal_size(stream.fileno()).columns if stream is not None else 0) or UNKNOWN_WIDTH
    except (OSError, ValueError):
        return UNKNOWN_WIDTH


def wants_color(choice: str, stream: TextIO | None) -> bool:
    """The flag first, then NO_COLOR, FORCE_COLOR and CLICOLOR_FORCE, CLICOLOR, TERM and the terminal."""
    if choice != "auto":
        return choice == "always"
    asked = os.environ.get
    if asked("NO_COLOR"):
        return False
    if asked("FORCE_COLOR", "0") not in ("", "0") or asked("CLICOLOR_FORCE", "0") not in ("", "0"):
        return True
    if asked("CLICOLOR") == "0" or asked("TERM", "dumb") in ("dumb", ""):
        return False
    return is_terminal(stream)


def wants_progress(screen: ScreenSettings, stream: TextIO | None) -> bool:
    """Whether a live display is drawn on this stream."""
    if screen.progress != "auto":
        return screen.progress == "always"
    return is_terminal(stream) and not screen.quiet and os.environ.get("TERM", "dumb") != "dumb"
