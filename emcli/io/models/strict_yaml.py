"""Read YAML from people one does not know: plain data only, and nothing said twice.

PyYAML's `safe_load` runs no code, but it keeps the last of two equal keys, expands aliases a billion times,
reads `yes` as true and `1e1` as text.  Here only its parser is used (libyaml's where the wheel has it), and
the document is put together from its events: no tags, anchors, aliases or merge keys, no duplicate keys,
one document, limited depth; plain scalars mean what YAML 1.2's core schema says.  Keys are always text.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NoReturn

import yaml

from emcli.io.models.document import MAX_DEPTH, MAX_DIGITS, Document, Unreadable, item_path, key_path

_NUMBER = re.compile(r"[-+]?(?:[0-9]+(\.[0-9]*)?|(\.[0-9]+))([eE][-+]?[0-9]+)?")
_OTHER_BASE = re.compile(r"0x[0-9a-fA-F]{1,100}|0o[0-7]{1,100}")
_CONSTANTS: dict[str, object] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
    **dict.fromkeys((sign + word for sign in ("", "+") for word in (".inf", ".Inf", ".INF")), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf")),
}


def core_scalar(text: str) -> object:
    """What an unquoted scalar means in YAML 1.2: a number, true, false, null, or the text itself."""
    number = _NUMBER.fullmatch(text)
    if number is not None:
        if any(number.groups()):
            return float(text)
        return int(text) if len(text) <= MAX_DIGITS else text
    if _OTHER_BASE.fullmatch(text):
        return int(text, 0)
    return _CONSTANTS.get(text, text)


def plain_text(text: str) -> object:
    """An unquoted scalar as it was typed, for settings whose types are known elsewhere; null stays null."""
    return None if _CONSTANTS.get(text, text) is None else text


def parse_yaml(text: str, plain: Callable[[str], object] = core_scalar) -> Document:
    """The one document in `text`, or None; `plain` gives unquoted scalars their meaning.  Raises Unreadable."""
    try:
        return _Composer(text, plain).document()
    except yaml.YAMLError as error:
        _refuse(error, text)


class TooDeep(Unreadable):
    """The document nests deeper than anything that is read here."""


class _Composer:
    """Puts the parser's events together; recursion is bounded by MAX_DEPTH."""

    def __init__(self, text: str, plain: Callable[[str], object]) -> None:
        self._next = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text).get_event
        self._plain = plain
        self._lines: dict[str, int] = {}

    def document(self) -> Document:
        self._next()
        if isinstance(self._next(), yaml.StreamEndEvent):
            return Document(None)
        value = self._node(self._next(), "", 1)
        self._next()
        after = self._next()
        if not isinstance(after, yaml.StreamEndEvent):
            raise Unreadable("holds more than one YAML document", _line(after))
        return Document(value, self._lines)

    def _node(self, event: Any, path: str, depth: int) -> Any:
        if isinstance(event, yaml.AliasEvent) or event.anchor is not None:
            raise Unreadable("YAML anchors and aliases are not allowed", _line(event))
        if event.tag is not None:
            raise Unreadable(f"YAML tags are not allowed: {event.tag[:60]}", _line(event))
        if isinstance(event, yaml.ScalarEvent):
            return event.value if event.style else self._plain(event.value)
        if depth > MAX_DEPTH:
            raise TooDeep(f"YAML nested more than {MAX_DEPTH} deep", _line(event))
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(path, depth)
        return self._mapping(path, depth)

    def _sequence(self, path: str, depth: int) -> list[Any]:
        items: list[Any] = []
        while not isinstance(event := self._next(), yaml.SequenceEndEvent):
            if isinstance(event, yaml.ScalarEvent):  # most of a model is numbers: no path is made for them
                items.append(self._node(event, path, depth))
                continue
            place = item_path(path, len(items))
            self._lines[place] = _line(event)
            items.append(self._node(event, place, depth + 1))
        return items

    def _mapping(self, path: str, depth: int) -> dict[str, Any]:
        entries: dict[str, Any] = {}
        while not isinstance(event := self._next(), yaml.MappingEndEvent):
            key = self._key(event, entries)
            place = key_path(path, key)
            self._lines[place] = _line(event)
            entries[key] = self._node(self._next(), place, depth + 1)
        return entries

    def _key(self, event: Any, entries: dict[str, Any]) -> str:
        line = _line(event)
        if not isinstance(event, yaml.ScalarEvent):
            raise Unreadable("a YAML key must be a text", line)
        self._node(event, "", 1)
        key = str(event.value)
        if key == "<<" and not event.style:
            raise Unreadable("YAML merge keys (<<) are not allowed", line)
        if key in entries:
            raise Unreadable(f"duplicate key {key[:60]!r}", line)
        return key


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1


def _refuse(error: yaml.YAMLError, text: str) -> NoReturn:
    """Raise what is wrong with the text in our words, whatever the parser's limits and wording are.

    Newer parsers look ahead and give up on deep nesting before they hand out what comes before it.  What comes before
    it can be read by itself, and shows whether the nesting is what is wrong.
    """
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    if mark is not None and 0 < mark.index < len(text):
        try:
            _Composer(text[: mark.index], core_scalar).document()
        except TooDeep:
            raise
        except (Unreadable, yaml.YAMLError):
            pass
    what = getattr(error, "problem", None) or getattr(error, "reason", None) or "it cannot be parsed"
    raise Unreadable(f"is not valid YAML: {what}", None if mark is None else mark.line + 1) from error
