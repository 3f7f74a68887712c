"""What is said on standard error: errors, warnings, notes and lines about success.

Every text goes out as text: control characters, line ends inside a name, and characters that turn the writing
direction are shown by their codes, and nothing is read as markup.  A terminal that has gone away is no reason
to fail, so a message that cannot be written is dropped.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from contextlib import suppress

from emcli.cli.screen.screen import wants_color
from emcli.errors import EmcliError

# C0 and C1 controls, DEL, line and paragraph separators, bidirectional overrides, lone surrogates
_UNSEEMLY = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_LONGEST = 1000  # characters of one line: a cell of megabytes must not fill the screen

RED, YELLOW, GREEN, BOLD, PLAIN = "\x1b[1;31m", "\x1b[1;33m", "\x1b[32m", "\x1b[1m", "\x1b[0m"


def visible(text: str) -> str:
    """The text with every control character written as its escape, and cut if it is endless."""
    if len(text) > _LONGEST:
        text = text[:_LONGEST] + " ..."
    return _UNSEEMLY.sub(lambda found: found.group().encode("unicode_escape").decode("ascii"), text)


def say(line: str) -> None:
    """Write one line to standard error, if there is one."""
    with suppress(OSError, ValueError):
        print(line, file=sys.stderr, flush=True)


class Speaker:
    """Says things of four kinds: errors and warnings always, notes and success unless it is to be quiet."""

    def __init__(self, *, quiet: bool = False, color: str = "auto") -> None:
        self.quiet = quiet
        self.colored = wants_color(color, sys.stderr)

    def paint(self, text: str, style: str) -> str:
        return f"{style}{text}{PLAIN}" if self.colored else text

    def error(self, error: EmcliError) -> None:
        """`emcli: error: WHERE: WHAT`, the detail, the hint."""
        say(f"{self.paint('emcli: error:', RED)} {visible(str(error))}")
        if error.detail:
            say(f"  {visible(error.detail)}")
        if error.hint:
            say(f"  {self.paint('hint:', GREEN)} {visible(error.hint)}")

    def warnings(self, lines: Iterable[str]) -> None:
        for line in lines:
            say(f"{self.paint('emcli: warning:', YELLOW)} {visible(line)}")

    def notes(self, lines: Iterable[str]) -> None:
        for line in () if self.quiet else lines:
            say(f"{self.paint('emcli: note:', BOLD)} {visible(line)}")

    def success(self, *lines: str) -> None:
        if not self.quiet:
            for line in lines:
                say(f"emcli: {visible(line)}")

    def picture(self, lines: Iterable[str]) -> None:
        """Lines that were laid out for a terminal."""
        for line in () if self.quiet else lines:
            say(line)
