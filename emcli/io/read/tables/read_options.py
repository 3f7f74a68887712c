"""How a table is to be read: what a user can say about a file that cannot be found out from it.

The options are checked when they are made, without loading anything; a value that is not accepted is a
UsageError whose `where` is the field's name.
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass

from emcli.errors import UsageError
from emcli.io.read.text.quoting import Quoting

RAGGED = ("error", "skip", "pad")
WHITESPACE = "whitespace"
SPELLED_DELIMITERS = {"\\t": "\t", "tab": "\t"}


@dataclass(frozen=True)
class ReadOptions:
    """delimiter  one character or more, "whitespace" for any number of blanks, or None: found out from , ; tab |
    quote      the character around cells that hold delimiters; None: there is none
    escape     the character that takes the meaning from the next one; None: there is none
    header     whether the first record holds the column names: False: they are c1, c2, ...; None: it has to look so
    skip_lines     lines before the table begins
    comment        how lines begin that are no part of the table; None: none do
    null       lists of what else a missing cell looks like, whatever its case (see `null_marks`)
    null_only  such lists in place of the usual marks; None: the usual ones hold
    ragged     what happens to rows with too few or too many cells: error, skip or pad
    encoding   a name Python knows, or None: UTF-8 with or without BOM, UTF-16 and UTF-32 by their BOM
    decimal    the decimal mark of numbers, "." or ","; None: found out, column by column
    """

    delimiter: str | None = None
    quote: str | None = '"'
    escape: str | None = None
    header: bool | None = None
    skip_lines: int = 0
    comment: str | None = None
    null: tuple[str, ...] = ()
    null_only: tuple[str, ...] | None = None
    ragged: str = "error"
    encoding: str | None = None
    decimal: str | None = None

    @property
    def quoting(self) -> Quoting:
        """What quotes mean."""
        return Quoting(self.quote or "", self.escape or "", padded=self.delimiter == WHITESPACE)

    @property
    def has_header(self) -> bool:
        """Whether the first record is not data."""
        return self.header is not False

    def __post_init__(self) -> None:
        if self.delimiter is not None:
            object.__setattr__(self, "delimiter", SPELLED_DELIMITERS.get(self.delimiter, self.delimiter))
            _check_delimiter(self.delimiter)
        for name in ("quote", "escape"):
            _check_character(getattr(self, name), name)
        if self.skip_lines < 0:
            raise UsageError(f"must be at least 0, not {self.skip_lines}", where="skip_lines")
        if self.comment is not None and (not self.comment.strip() or set(self.comment) & set('"\n\r')):
            raise UsageError(f"{self.comment!r} cannot begin a comment", where="comment", hint="for example '#'")
        if self.ragged not in RAGGED:
            raise UsageError(f"{self.ragged!r} is not one of {', '.join(RAGGED)}", where="ragged")
        if self.decimal not in (None, ".", ","):
            raise UsageError(f"the decimal mark is . or , and not {self.decimal!r}", where="decimal")
        if self.encoding is not None:
            _check_encoding(self.encoding)


def _check_delimiter(delimiter: str) -> None:
    if not delimiter or set(delimiter) & set('"\n\r\0'):
        raise UsageError(
            f"{delimiter!r} cannot separate cells",
            where="delimiter",
            hint=r"such as , ; | or || or \t for tab, or whitespace for any number of blanks",
        )


def _check_character(character: str | None, option: str) -> None:
    if character is not None and (len(character) != 1 or not character.isascii() or character.isalnum()):
        raise UsageError(f"{character!r} is not one character", where=option, hint="one such as ' or \\, or none")


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
