"""Text from files, made safe and short for messages.

A cell may hold terminal escapes, line breaks or five megabytes; a message shows it on one line.
"""

from __future__ import annotations

from collections.abc import Sequence

LONGEST = 60  # characters of one piece of text in a message: half a terminal line
MOST_NAMES = 12


def printable(text: str, longest: int = LONGEST) -> str:
    """The text with control characters escaped, cut to `longest` characters."""
    clipped = text if len(text) <= longest else text[: longest - 3] + "..."
    return "".join(c if c.isprintable() else _escaped(c) for c in clipped)


def in_quotes(text: str, longest: int = LONGEST) -> str:
    """The text between single quotes, as messages show cells and names."""
    return f"'{printable(text, longest)}'"


def name_list(names: Sequence[str], most: int = MOST_NAMES) -> str:
    """Names with commas between them; many are cut short and counted."""
    shown = ", ".join(printable(name) for name in names[:most])
    return shown if len(names) <= most else f"{shown}, ... ({len(names)} in all)"


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
