"""Read a settings file: a flat YAML mapping of option names to values.

Values stay the texts that were typed (`007`, `1.50`, `3-4`), exactly as flags and environment variables
give them, so that one place decides what they mean; a list becomes a list of texts.  A key without a value
counts as not given.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from emcli.errors import UsageError
from emcli.io.models.document import Document, Unreadable, key_path, near_hint, place_name
from emcli.io.models.small_file import read_text, shown_name
from emcli.io.printable import in_quotes


def read_settings(path: str, allowed: Collection[str]) -> dict[str, Any]:
    """The settings in a file, text or list of texts by key; UsageError names the file, line and key.

    A key of several words may be joined by - or _.  Raises InputError if the file cannot be read.
    """
    name = shown_name(path)
    return _checked(_parse(read_text(path, UsageError), name), name, allowed)


def _parse(text: str, name: str) -> Document:
    from emcli.io.models.strict_yaml import parse_yaml, plain_text

    try:
        return parse_yaml(text, plain_text)
    except Unreadable as error:
        raise _problem(error.message, name, error.line) from error


def _checked(document: Document, name: str, allowed: Collection[str]) -> dict[str, Any]:
    if document.value is None:
        return {}
    if not isinstance(document.value, dict):
        raise _problem("must be a mapping of option names to values", name, None)
    settings: dict[str, Any] = {}
    for written, value in document.value.items():
        line = document.lines.get(key_path("", written))
        key = _known(written, allowed)
        if key is None:
            raise _problem(f"unknown key {in_quotes(written)}", name, line, near_hint(written, sorted(allowed)))
        if key in settings:
            raise _problem(f"duplicate key {in_quotes(written)}", name, line)
        if not _is_simple(value):
            raise _problem(f"{written}: must be one value or a list of values", name, line)
        if value is not None:
            settings[key] = value
    return settings


def _known(written: str, allowed: Collection[str]) -> str | None:
    spellings = (written, written.replace("_", "-"), written.replace("-", "_"))
    return next((spelling for spelling in spellings if spelling in allowed), None)


def _is_simple(value: Any) -> bool:
    return (
        value is None
        or isinstance(value, str)
        or (isinstance(value, list) and all(isinstance(item, str) for item in value))
    )


def _problem(message: str, name: str, line: int | None, hint: str | None = None) -> UsageError:
    return UsageError(message, where=place_name(name, line), hint=hint)
