"""What one cell's text means: a number, a missing value, or neither.

A number is what a user of CSV means by one: a sign, ASCII digits, a decimal mark, an exponent, blanks around.
Python's float() alone would also take 1_000, other scripts' digits, inf and nan.  This module is the
definition; `conversion` does the same for many cells at once and comes here for everything unusual.
"""

from __future__ import annotations

import math
import re

from emcli.io.printable import in_quotes

BLANKS = " \t\r\n"
REMEMBERED = 1 << 16  # distinct unusual cells whose meaning is kept: texts and missing marks repeat
LONGEST_REMEMBERED = 64  # bytes
GROUPED = re.compile(r"[+-]?[0-9]{1,3}(?:[,'\u00a0\u202f ][0-9]{3})+(?:\.[0-9]*)?")
COMMA_DECIMAL = re.compile(r"[+-]?[0-9]*,[0-9]+(?:[eE][+-]?[0-9]+)?")


class CellReader:
    """The meaning of cells under one decimal mark and one list of missing marks."""

    def __init__(self, null: tuple[str, ...], decimal: str) -> None:
        mark = re.escape(decimal)
        self._number = re.compile(rf"[+-]?(?:[0-9]+(?:{mark}[0-9]*)?|{mark}[0-9]+)(?:[eE][+-]?[0-9]+)?")
        self.decimal = decimal
        self.null = frozenset(mark.strip(BLANKS).casefold() for mark in null)
        self._known: dict[bytes, float | None] = {}

    def value(self, raw: bytes) -> float | None:
        """The number in a raw cell, NaN if it is missing, None if it is neither."""
        try:
            return self._known[raw]
        except KeyError:
            value = self._meaning(unquoted(raw).decode("utf-8").strip(BLANKS))
            if len(raw) <= LONGEST_REMEMBERED and len(self._known) < REMEMBERED:
                self._known[raw] = value
            return value

    def _meaning(self, text: str) -> float | None:
        if text.casefold() in self.null:
            return math.nan
        if not self._number.fullmatch(text):
            return None
        number = float(text.replace(",", "."))
        return number if math.isfinite(number) else None

    def is_number(self, text: str) -> bool:
        """Whether a text is a number of any size."""
        return self._number.fullmatch(text.strip(BLANKS)) is not None

    def complaint(self, text: str) -> str:
        """What is wrong with a cell that is neither a number nor missing."""
        shown = in_quotes(text)
        if self.is_number(text):
            return f"{shown} is too large for a number (the range ends at 1.8e308)"
        return f"{shown} is not a number"

    def foreign_notation(self, text: str) -> str | None:
        """A hint for numbers in another notation: decimal commas, thousands separators."""
        stripped = text.strip(BLANKS)
        if self.decimal == "." and COMMA_DECIMAL.fullmatch(stripped):
            return "if commas are decimal marks: --decimal ,"
        if GROUPED.fullmatch(stripped):
            return "thousands separators are not read: remove them from the file"
        if self.decimal == "," and re.fullmatch(r"[+-]?[0-9]*\.[0-9]+(?:[eE][+-]?[0-9]+)?", stripped):
            return "numbers have decimal points here: leave --decimal out"
        return None


def unquoted(raw: bytes) -> bytes:
    """The content of a raw cell: without its quotes, doubled quotes made single."""
    if not raw.startswith(b'"'):
        return raw
    end = raw.rindex(b'"')
    return raw[1:end].replace(b'""', b'"') + raw[end + 1 :]
