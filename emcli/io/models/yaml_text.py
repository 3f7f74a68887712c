"""YAML scalars and flow collections as text that every YAML parser reads back alike.

YAML 1.1 and 1.2 disagree about unquoted words (`yes`, `1e3`, `0o7`, `=`), so a text is left unquoted only
if no version could take it for anything else, and a float always has a dot and a signed exponent.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

WIDTH = 110
LONGEST_KEY = 500  # characters; a parser need not recognise a longer one in front of a colon without a `?`

_WORDS = re.compile(r"[A-Za-z_][\w./-]*(?: [A-Za-z0-9_][\w./-]*)*", re.ASCII)
_VERSION = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+", re.ASCII)
_RESERVED = {"y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf", "infinity"}
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def scalar(value: object) -> str:
    """One number, truth value, text or None; ValueError for a number that is not finite."""
    if isinstance(value, str):
        return text(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return number(value)
    if value is None:
        return "null"
    raise TypeError(f"{type(value).__name__} has no place in a YAML file")


def number(value: float) -> str:
    """The shortest text that YAML 1.1 and 1.2 read as this double."""
    if not math.isfinite(value):
        raise ValueError(f"{value} was about to be written")
    digits = float.__repr__(value)
    if "e" in digits and "." not in digits:
        return digits.replace("e", ".0e")
    return digits


def text(value: str) -> str:
    """A text, in double quotes unless no YAML parser could misread it."""
    if _VERSION.fullmatch(value) or (_WORDS.fullmatch(value) and value.lower() not in _RESERVED):
        return value
    return '"' + "".join(map(_escaped, value)) + '"'


def _escaped(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def block_key(lead: str, name: str) -> str:
    """A key of a block mapping up to its value; `lead` is the indentation, perhaps with a dash."""
    written = text(name)
    if len(written) <= LONGEST_KEY:
        return f"{lead}{written}: "
    return f"{lead}? {written}\n{' ' * len(lead)}: "


def flow(value: Any, column: int = 0) -> str:
    """A value in flow style that begins at `column`; long collections are broken and aligned."""
    if isinstance(value, Mapping):
        items = [_entry(name, part, column + 1) for name, part in value.items()]
        return _bracketed("{", items, "}", column, whole=False)
    if isinstance(value, Sequence) and not isinstance(value, str):
        items = [flow(part, column + 1) for part in value]
        whole = all(isinstance(part, int | float) for part in value)
        return _bracketed("[", items, "]", column, whole=whole)
    return scalar(value)


def _entry(name: str, value: Any, column: int) -> str:
    written = text(name)
    head = f"{written}: " if len(written) <= LONGEST_KEY else f"? {written} : "
    return head + flow(value, column + len(head))


def _bracketed(opening: str, items: list[str], closing: str, column: int, *, whole: bool) -> str:
    line = opening + ", ".join(items) + closing
    if whole or (column + len(line) <= WIDTH and "\n" not in line):
        return line
    lines: list[str] = []
    for item in items:
        previous = lines[-1] if lines else ""
        nested = item[:1] in "[{" or previous[:1] in "[{"  # rows of a matrix stand one below the other
        if lines and not nested and column + len(previous) + len(item) + 3 <= WIDTH:
            lines[-1] = f"{previous}, {item}"
        else:
            lines.append(item)
    return opening + (",\n" + " " * (column + 1)).join(lines) + closing
