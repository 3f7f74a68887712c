"""One door for values: what a flag, an environment variable or a settings file says becomes a settings field.

Flags, variables and keys all bring the text that was typed; a switch on the command line brings a truth
value, and a settings file may bring a list of texts.
"""

from __future__ import annotations

import re
from types import NoneType
from typing import Any, get_args, get_origin

from emcli.cli.words.options import Option
from emcli.errors import UsageError

_WHOLE = re.compile(r"[+-]?[0-9]+")
_DECIMAL = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
LONGEST_WHOLE = 18  # digits: what a 64-bit integer holds
_TRUE = ("1", "true", "yes", "on")
_FALSE = ("0", "false", "no", "off")


def convert(raw: object, kind: Any, option: Option) -> object:
    """The value as the field's type; UsageError (without a place) if it cannot be read as one."""
    if option.absent is not None and str(raw).strip().lower() == option.absent:
        return None
    kind = _without_none(kind)
    if get_origin(kind) is tuple:
        return _words(raw, option)
    reader = {bool: _truth, int: _whole, float: _decimal, str: _text}[kind]
    try:
        return reader(raw)
    except ValueError as problem:
        raise UsageError(str(problem), hint=option.hint) from None


def _without_none(kind: Any) -> Any:
    if get_origin(kind) is tuple:
        return kind
    return next((part for part in get_args(kind) if part is not NoneType), kind)


def _truth(raw: object) -> bool:
    if isinstance(raw, bool):
        return raw
    word = str(raw).strip().lower()
    if word in _TRUE or word in _FALSE:
        return word in _TRUE
    raise ValueError(f"'{raw}' is neither true nor false")


def _whole(raw: object) -> int:
    text = str(raw).strip()
    if not _WHOLE.fullmatch(text):
        raise ValueError(f"'{raw}' is not a whole number")
    if len(text) > LONGEST_WHOLE:
        raise ValueError(f"'{raw}' is too large")
    return int(text)


def _decimal(raw: object) -> float:
    if _DECIMAL.fullmatch(str(raw).strip()):
        return float(str(raw))
    raise ValueError(f"'{raw}' is not a number")


def _text(raw: object) -> str:
    return ",".join(raw) if isinstance(raw, list) else str(raw)


def _words(raw: object, option: Option) -> tuple[str, ...]:
    if isinstance(raw, list):
        return tuple(raw)
    return tuple(str(raw).split(option.splits)) if option.splits else (str(raw),)
