"""How cells of text are quoted, and what a quoted cell holds.

The usual way, `"a ""quoted"" cell"`, is that of RFC 4180.  Others have another quote or none, or a character that takes
the meaning from the one behind it, as dumps of MySQL do.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from emcli.io.read.text.number_cells import BLANKS, unquoted

SPELLED = {"n": "\n", "t": "\t", "r": "\r", "0": "\0"}
NULL = "N"  # behind an escape it means a missing cell


@dataclass(frozen=True)
class Quoting:
    """quote   the character around cells; empty: none
    escape  the character that takes the meaning from the next one; empty: none
    padded  whether cells have blanks around them that mean nothing
    """

    quote: str = '"'
    escape: str = ""
    padded: bool = False

    @property
    def is_usual(self) -> bool:
        """Whether quotes are those of RFC 4180."""
        return self.quote == '"' and not self.escape

    def content(self, raw: bytes) -> bytes:
        """What a raw cell holds."""
        if self.padded:
            raw = raw.strip(BLANKS.encode())
        if self.is_usual:
            return unquoted(raw)
        text = raw.decode("utf-8")
        if self.quote and len(text) > 1 and text[0] == text[-1] == self.quote:
            text = text[1:-1].replace(self.quote * 2, self.quote)
        if self.escape:
            text = "" if text == self.escape + NULL else self._escaped.sub(_meant, text)
        return text.encode()

    @cached_property
    def _escaped(self) -> re.Pattern[str]:
        return re.compile(re.escape(self.escape) + r"([\s\S])")


USUAL = Quoting()


def _meant(found: re.Match[str]) -> str:
    return SPELLED.get(found[1], found[1])
