"""JSON that a person can read: numbers of one row on one line, everything longer broken and indented."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

WIDTH = 110


def json_text(value: Any, column: int = 0) -> str:
    """A value as JSON, indented by `column` from its second line on; ValueError for NaN and infinities."""
    if isinstance(value, Mapping):
        items = [f"{_compact(name)}: {json_text(part, column + 2)}" for name, part in value.items()]
        return _bracketed("{", items, "}", column, whole=False)
    if isinstance(value, Sequence) and not isinstance(value, str):
        whole = all(isinstance(part, int | float) for part in value)
        items = [_compact(part) if whole else json_text(part, column + 2) for part in value]
        return _bracketed("[", items, "]", column, whole=whole)
    return _compact(value)


def _compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _bracketed(opening: str, items: list[str], closing: str, column: int, *, whole: bool) -> str:
    line = opening + ", ".join(items) + closing
    if whole or (column + len(line) <= WIDTH and "\n" not in line):
        return line
    indent = "\n" + " " * (column + 2)
    return opening + indent + ("," + indent).join(items) + "\n" + " " * column + closing
