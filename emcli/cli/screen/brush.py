"""How clusters are told apart on a terminal: by colour where there is one, by their number where there is none.

The colours are those of the pictures in files, as near as the terminal's table of 256 has them: they can be told apart
by people who do not see red and green apart, and by their brightness.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TextIO

from emcli.cli.screen.bars import plain_characters
from emcli.cli.screen.messages import PLAIN
from emcli.cli.screen.screen import wants_color

_OF_256 = ("38;5;32", "38;5;166", "38;5;36", "38;5;175", "38;5;136", "38;5;74", "38;5;245", "38;5;137")
_OF_16 = ("94", "91", "32", "95", "33", "36", "90", "37")
_NUMERALS = "123456789abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True)
class Brush:
    """What a stream can show; `dots` says whether braille and blocks can be read on it."""

    color: bool
    dots: bool
    many_colors: bool = True

    def paint(self, text: str, k: int, *, bold: bool = False) -> str:
        """The text in the colour of cluster k, from 0; what belongs to no cluster (-1) keeps the usual one."""
        if not self.color or k < 0:
            return text
        colors = _OF_256 if self.many_colors else _OF_16
        return f"\x1b[{'1;' if bold else ''}{colors[k % len(colors)]}m{text}{PLAIN}"


def brush_for(stream: TextIO | None, choice: str) -> Brush:
    """What the stream can show, under --color."""
    term = os.environ.get("TERM", "")
    many = "256" in term or bool(os.environ.get("COLORTERM"))
    return Brush(wants_color(choice, stream), not plain_characters(stream) and term not in ("linux", "dumb"), many)


def numeral(k: int) -> str:
    """One character for cluster k, from 0: 1 to 9, a to z, then +; 0 for -1, no cluster."""
    if k < 0:
        return "0"
    return _NUMERALS[k] if k < len(_NUMERALS) else "+"
