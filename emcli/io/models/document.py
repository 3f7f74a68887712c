"""A read YAML or JSON document, and the places in it that messages name.

`Place` is a cursor: a value together with its key path (`components[1].weight`) and line, which hands out
its children and makes the error that names it.  Checks written with it say where something is wrong without
carrying paths around.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from emcli.errors import BadModel

MAX_DEPTH = 20  # a model nests 5 deep; what nests deeper is an attack or a mistake
MAX_DIGITS = 400  # of an integer: more than any double has, and quick to convert


class Unreadable(Exception):
    """The text is not the kind of YAML or JSON that is accepted; `line` counts from 1."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.line = line


@dataclass(frozen=True)
class Document:
    """Plain dicts, lists and scalars, and the lines of keys and list items as far as they are known."""

    value: Any
    lines: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Place:
    """One value of a document; `path` is empty at the top, `line` the nearest one known."""

    value: Any
    path: str
    file: str
    lines: Mapping[str, int]
    line: int | None = None

    def bad(self, what: str, hint: str | None = None) -> BadModel:
        """The error that says what is wrong with this value, naming file, line and key."""
        where = place_name(self.file, self.line)
        return BadModel(f"{self.path}: {what}" if self.path else what, where=where, hint=hint)

    def entry(self, key: str) -> Place:
        """The value of a key that is known to be there."""
        return self._child(self.value[key], key_path(self.path, key))

    def items(self) -> Iterator[Place]:
        """The elements of a list."""
        for i, value in enumerate(self.value):
            yield self._child(value, item_path(self.path, i))

    def _child(self, value: Any, path: str) -> Place:
        return Place(value, path, self.file, self.lines, self.lines.get(path, self.line))

    def number(self) -> float:
        """The value as a finite double."""
        if not is_number(self.value):
            raise self.bad(f"{shown(self.value)} is not a number")
        number = as_double(self.value)
        if not math.isfinite(number):
            raise self.bad(f"{shown(self.value)} is not a finite number")
        return number

    def text(self) -> str:
        """The value as a text that can be written in UTF-8."""
        if not isinstance(self.value, str):
            hint = "put it in quotes" if is_number(self.value) or isinstance(self.value, bool) else None
            raise self.bad(f"{shown(self.value)} is not a text", hint)
        try:
            self.value.encode()
        except UnicodeEncodeError:
            raise self.bad("holds half a surrogate pair, which is no character") from None
        return self.value

    def mapping(self, required: Iterable[str], optional: Iterable[str] = ()) -> None:
        """Check that the value is a mapping with these keys and no others."""
        required, known = list(required), [*required, *optional]
        if not isinstance(self.value, dict):
            raise self.bad(f"must be a mapping with {_listed(required)}, not {shown(self.value)}")
        for key in self.value:
            if key not in known:
                raise self.entry(key).bad("unknown key", near_hint(key, known))
        missing = [key for key in required if key not in self.value]
        if missing:
            raise self.bad(f"there is no key {_listed(missing)}")

    def sequence(self, what: str) -> None:
        """Check that the value is a list with something in it; `what` says of what."""
        if not isinstance(self.value, list):
            raise self.bad(f"must be a list of {what}, not {shown(self.value)}")
        if not self.value:
            raise self.bad(f"must be a list of {what}; it is empty")


def place_name(file: str, line: int | None) -> str:
    """What messages call a line of a file, or the file if the line is not known."""
    return file if line is None else f"{file}:{line}"


def key_path(path: str, key: str) -> str:
    """The path of a mapping's entry; names with odd characters are shown quoted."""
    name = key if key.isprintable() and key and not set(key) & set(" .:[]") else repr(key)
    return f"{path}.{name}" if path else name


def item_path(path: str, i: int) -> str:
    """The path of a list's element."""
    return f"{path}[{i}]"


def is_number(value: object) -> bool:
    """True for an integer or a float, not for a truth value."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def as_double(value: float) -> float:
    """The double nearest to a number; infinite if it is too large."""
    try:
        return float(value)
    except OverflowError:
        return math.inf


def shown(value: object) -> str:
    """A value in a message: short, and named by its kind if it is a collection."""
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if value is None:
        return "nothing"
    text = repr(value) if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)
    return text if len(text) <= 60 else text[:57] + "..."


def near_hint(word: str, known: Iterable[str]) -> str:
    """What might have been meant, or else what there is."""
    from difflib import get_close_matches

    known = list(known)
    near = get_close_matches(word, known, n=1)
    return f"did you mean '{near[0]}'?" if near else f"known: {', '.join(known)}"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)
