"""How a table is to be read: what a user can say about a file that cannot be found out from it.

The options are checked when they are made, without loading anything; a value that is not accepted is a
UsageError whose `where` is the field's name.
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass

from emcli.errors import UsageError

DEFAULT_NULL = ("", "NA", "N/A", "NaN", "null", "None", "?")
RAGGED = ("error", "skip", "pad")
SPELLED_DELIMITERS = {"\\t": "\t", "tab": "\t"}


@dataclass(frozen=True)
class ReadOptions:
    """delimiter  one ASCII character, or None: found out from , ; tab |
    header     the first record holds the column names; otherwise they are c1, c2, ...
    null       what a missing cell looks like, whatever its case, blanks around it ignored
    ragged     what happens to rows with too few or too many cells: error, skip or pad
    encoding   a name Python knows, or None: UTF-8 with or without BOM, UTF-16 and UTF-32 by their BOM
    decimal    the decimal mark of numbers, "." or ","
    """

    delimiter: str | None = None
    header: bool = True
    null: tuple[str, ...] = DEFAULT_NULL
    ragged: str = "error"
    encoding: str | None = None
    decimal: str = "."

    def __post_init__(self) -> None:
        if self.delimiter is not None:
            object.__setattr__(self, "delimiter", SPELLED_DELIMITERS.get(self.delimiter, self.delimiter))
            _check_delimiter(self.delimiter)
        if self.ragged not in RAGGED:
            raise UsageError(f"{self.ragged!r} is not one of {', '.join(RAGGED)}", where="ragged")
        if self.decimal not in (".", ","):
            raise UsageError(f"the decimal mark is . or , and not {self.decimal!r}", where="decimal")
        if self.decimal == self.delimiter:
            raise UsageError(f"{self.decimal!r} cannot be delimiter and decimal mark at once", where="decimal")
        if self.encoding is not None:
            _check_encoding(self.encoding)


def _check_delimiter(delimiter: str) -> None:
    if len(delimiter) != 1 or not delimiter.isascii() or delimiter in '"\n\r\0':
        raise UsageError(
            f"{delimiter!r} cannot separate cells",
            where="delimiter",
            hint=r"one character such as , ; | or \t for tab",
        )


def _check_encoding(encoding: str) -> None:
    problem = UsageError(
        f"no text encoding is called {encoding!r}",
        where="encoding",
        hint="for example utf-8, latin-1, cp1252, utf-16, shift_jis",
    )
    try:
        "".encode(encoding)  # refuses codecs that are not for text, such as base64
        codecs.getincrementaldecoder(encoding)
    except (LookupError, ValueError):
        raise problem from None
