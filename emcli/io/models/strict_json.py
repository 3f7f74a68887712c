"""Read JSON from people one does not know: no duplicate keys, no NaN, limited depth.

Python's `json` keeps the last of two equal keys, takes NaN and Infinity, and recurses as deep as the text
nests.
"""

from __future__ import annotations

import json
import re
from typing import Any

from emcli.io.models.document import MAX_DEPTH, MAX_DIGITS, Document, Unreadable

_BRACKETS = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[\[{]|[\]}]', re.DOTALL)  # or a string, to be passed over


def parse_json(text: str) -> Document:
    """The value in `text`.  Raises Unreadable."""
    _check_depth(text)
    try:
        return Document(
            json.loads(text, object_pairs_hook=_entries, parse_constant=_refuse_constant, parse_int=_integer)
        )
    except json.JSONDecodeError as error:
        raise Unreadable(f"is not valid JSON: {error.msg}", error.lineno) from error


def _check_depth(text: str) -> None:
    depth = 0
    for match in _BRACKETS.finditer(text):
        first = match[0][0]
        depth += (first in "[{") - (first in "]}")
        if depth > MAX_DEPTH:
            line = text.count("\n", 0, match.start()) + 1
            raise Unreadable(f"JSON nested more than {MAX_DEPTH} deep", line)


def _entries(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    entries = dict(pairs)
    if len(entries) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise Unreadable(f"duplicate key {twice[:60]!r}")
    return entries


def _refuse_constant(word: str) -> object:
    raise Unreadable(f"{word} is not a finite number")


def _integer(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise Unreadable(f"a number of {len(digits)} digits")
    return int(digits)
