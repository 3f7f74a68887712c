"""Names and numbers as pictures and pages show them."""

from __future__ import annotations

import math
import re
import unicodedata

LONGEST = 28  # characters of a name on an axis
LONGEST_CELL = 9
MOST_DECIMALS = 7
_UNSEEMLY = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def plain(text: str) -> str:
    """The text with control characters, and those that turn the writing direction, as their codes."""
    return _UNSEEMLY.sub(lambda found: found.group().encode("unicode_escape").decode("ascii"), text)


def short(name: str, longest: int = LONGEST) -> str:
    """A name that fits on an axis: cut in the middle, where names that are alike differ least."""
    name = plain(unicodedata.normalize("NFC", name))
    if len(name) <= longest:
        return name
    tail = longest // 3
    return f"{name[: longest - tail - 1]}…{name[-tail:]}"


def number(value: float | None, digits: int = 4) -> str:
    """A number for a person: a few significant digits, without an exponent where that can be avoided."""
    if value is None:
        return ""
    if value == 0.0 or not math.isfinite(value):
        return f"{value:g}"
    return _fixed(value, digits - 1 - math.floor(math.log10(abs(value))))


def near(value: float, spread: float, digits: int = 3) -> str:
    """A number with as many decimals as so many digits of its spread are worth."""
    if not (spread > 0.0 and math.isfinite(spread)):
        return number(value)
    return _fixed(value, digits - 1 - math.floor(math.log10(spread)))


def _fixed(value: float, decimals: int) -> str:
    if decimals > MOST_DECIMALS or abs(value) >= 1e12:
        return f"{value:.4g}"
    text = f"{value:,.{max(decimals, 0)}f}"
    if "," in text and abs(value) < 1e4:
        text = text.replace(",", "")
    return text.replace("-", "\N{MINUS SIGN}")


def cell(text: str) -> str:
    """A cell as a table shows it: its own text, unless that is a number of more digits than are read."""
    if len(text) > LONGEST_CELL:
        try:
            return number(float(text), 6)
        except ValueError:
            return short(text)
    return plain(text)


def count(n: int, noun: str) -> str:
    """`no rows`, `1 row`, `1,234 rows`."""
    return f"{n:,} {noun}" if n == 1 else f"{n or 'no':{',' if n else ''}} {noun}s"


def percent(share: float) -> str:
    """A share as a percentage that does not say 100 % or 0 % of what is not quite all or nothing."""
    text = f"{100.0 * share:.1f}"
    if text == "100.0":
        text = "100" if share >= 1.0 else ">99.9"
    elif text == "0.0":
        text = "0" if share <= 0.0 else "<0.1"
    return f"{text}\N{NO-BREAK SPACE}%"
