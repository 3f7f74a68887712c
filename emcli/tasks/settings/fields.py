"""What a field of a settings object accepts, said in its metadata (`choices`, `least`, `above`), and the check."""

from __future__ import annotations

import math
from dataclasses import field, fields
from typing import Any

from emcli.errors import UsageError


def one_of(default: str, *others: str) -> Any:
    """A text field that takes one of these words."""
    return field(default=default, metadata={"choices": (default, *others)})


def at_least(least: int, default: int | None) -> Any:
    """A whole number field with a smallest value."""
    return field(default=default, metadata={"least": least})


def check_fields(settings: Any) -> None:
    """Hold every field of a settings object against its metadata; UsageError names the field."""
    for one in fields(settings):
        value = getattr(settings, one.name)
        choices, pattern, least, above = (one.metadata.get(key) for key in ("choices", "pattern", "least", "above"))
        if value is None:
            continue
        if choices is not None and value not in choices and not (pattern and pattern.fullmatch(value)):
            raise unknown_word(one.name, value, choices)
        if least is not None and value < least:
            raise UsageError(f"must be at least {least}, not {value}", where=one.name)
        if above is not None and not (value > above and math.isfinite(value)):
            raise UsageError(f"must be a number above {above:g}, not {value:g}", where=one.name)


def unknown_word(name: str, value: object, choices: tuple[str, ...]) -> UsageError:
    """The error about a word that a field does not take, with the nearest one that it does."""
    from difflib import get_close_matches

    same = [word for word in choices if word.lower() == str(value).lower()]
    near = same or get_close_matches(str(value), choices, n=1)
    return UsageError(
        f"'{value}' is not one of {', '.join(choices)}",
        where=name,
        hint=f"did you mean '{near[0]}'?" if near else None,
    )
