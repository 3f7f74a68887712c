"""What one cell's text means: a number, a missing value, or neither.

A number is what a user of CSV means by one: a sign, ASCII digits, a decimal mark, an exponent, blanks around.
Python's float() alone would also take 1_000, other scripts' digits, inf and nan.  This module is the
definition; `conversion` does the same for many cells at once and comes here for everything unusual.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable

from emcli.io.printable import in_quotes
from emcli.io.read.notations.notations import Notation

INDENTED = re.compile(rb'[ \t]+"([^"]*+(?:""[^"]*+)*+)"[ \t]*')  # a quoted cell behind blanks
BLANKS = " \t\r\n"
REMEMBERED = 1 << 16  # distinct unusual cells whose meaning is kept: texts and missing marks repeat
LONGEST_REMEMBERED = 64  # bytes
AMBIGUOUS = re.compile(r"[+-]?[1-9][0-9]{0,2},[0-9]{3}")
PLAIN = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
POINT_FOR_COMMA = str.maketrans(",.", ".x")  # where the comma is the decimal mark, a point is no part of a number


class CellReader:
    """The meaning of cells under one decimal mark and one list of missing marks.

    notation  how the numbers of a column are written, if in an unusual way
    content   what a raw cell holds, if not what is usual
    is_found  whether mark and notation were found out from the column's cells
    """

    def __init__(
        self,
        null: tuple[str, ...],
        decimal: str,
        notation: Notation | None = None,
        content: Callable[[bytes], bytes] | None = None,
    ) -> None:
        self._marks, self._given = null, content
        self.notation = notation
        self.is_found = False
        mark = re.escape(decimal)
        self._number = re.compile(rf"[+-]?(?:[0-9]+(?:{mark}[0-9]*)?|{mark}[0-9]+)(?:[eE][+-]?[0-9]+)?")
        self.decimal = decimal
        self.null = frozenset(mark.strip(BLANKS).casefold() for mark in null)
        numbers = [float(text.replace(decimal, ".")) for text in self.null if self._number.fullmatch(text)]
        self.null_numbers = tuple(number for number in numbers if math.isfinite(number))
        self._content = content or unquoted
        self.one_by_one = notation is not None or content is not None
        self._known: dict[bytes, float | None] = {}

    def value(self, raw: bytes) -> float | None:
        """The number in a raw cell, NaN if it is missing, None if it is neither."""
        try:
            return self._known[raw]
        except KeyError:
            value = self._meaning(self._content(raw).decode("utf-8").strip(BLANKS))
            if len(raw) <= LONGEST_REMEMBERED and len(self._known) < REMEMBERED:
                self._known[raw] = value
            return value

    def _meaning(self, text: str) -> float | None:
        if text.casefold() in self.null:
            return math.nan
        if self.notation is not None:
            text = self.notation.plain(text) or ""
        elif self.decimal == ",":
            text = text.translate(POINT_FOR_COMMA)
        if not PLAIN.fullmatch(text):
            return None
        number = float(text)
        return number if math.isfinite(number) else None

    def written(self, text: str) -> str:
        """A number's text, with a decimal point, as a cell here: never one that means missing."""
        if self.notation is not None:
            return self.notation.written(text)
        text = text.replace(".", self.decimal)
        if text.casefold() in self.null and "e" not in text:
            text += "0" if self.decimal in text else f"{self.decimal}0"
        return text

    def in_notation(self, notation: Notation) -> CellReader:
        """The reader of a column that is written so, with the same missing marks."""
        only_decimal = notation == Notation(notation.decimal)
        reader = CellReader(self._marks, notation.decimal, None if only_decimal else notation, self._given)
        reader.is_found = True
        return reader

    def is_number(self, text: str) -> bool:
        """Whether a text is a number of any size."""
        return self._number.fullmatch(text.strip(BLANKS)) is not None

    def complaint(self, text: str) -> str:
        """What is wrong with a cell that is neither a number nor missing."""
        shown = in_quotes(text)
        if self.notation is not None:
            return f"{shown} is not a number that is written as the others here are: with {self.notation.words}"
        if self.is_number(text):
            return f"{shown} is too large for a number (the range ends at 1.8e308)"
        return f"{shown} is not a number"

    def foreign_notation(self, text: str) -> str | None:
        """A hint for numbers in a notation that the options exclude, or that could be either of two."""
        if self.is_found:
            return None
        stripped = text.strip(BLANKS)
        if self.decimal == "." and AMBIGUOUS.fullmatch(stripped):
            return "if commas are decimal marks: --decimal , if they separate thousands: --decimal ."
        if self.decimal == "," and re.fullmatch(r"[+-]?[0-9]*\.[0-9]+(?:[eE][+-]?[0-9]+)?", stripped):
            return "numbers have decimal points here: leave --decimal out"
        return None


def unquoted(raw: bytes) -> bytes:
    """The content of a raw cell: without its quotes, doubled quotes made single."""
    if not raw.startswith(b'"'):
        inside = INDENTED.fullmatch(raw) if raw.startswith((b" ", b"\t")) else None
        return raw if inside is None else inside[1].replace(b'""', b'"')
    end = raw.rindex(b'"')
    return raw[1:end].replace(b'""', b'"') + raw[end + 1 :]
