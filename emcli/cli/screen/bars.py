"""Small pictures made of characters: a bar for a share, a line for a course of numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TextIO

_EIGHTHS = " ▏▎▍▌▋▊▉█"
_LEVELS = "▁▂▃▄▅▆▇█"


def plain_characters(stream: TextIO | None) -> bool:
    """Whether a stream cannot show more than ASCII."""
    return "utf" not in (getattr(stream, "encoding", None) or "").lower()


def bar(share: float, width: int, *, ascii_only: bool = False) -> str:
    """A bar of `width` characters for a share of 1, to an eighth of a character."""
    share = min(max(share, 0.0), 1.0)
    if ascii_only:
        return "#" * round(share * width)
    eighths = round(share * width * 8)
    full, rest = divmod(eighths, 8)
    return "█" * full + (_EIGHTHS[rest] if rest else "")


def sparkline(values: Sequence[float], width: int) -> str:
    """The course of the values in `width` characters or fewer, lowest to highest."""
    finite = [value for value in values if math.isfinite(value)]
    if not finite:
        return ""
    if len(finite) > width:
        finite = [finite[round(i * (len(finite) - 1) / (width - 1))] for i in range(width)]
    low, high = min(finite), max(finite)
    span = high - low or 1.0
    return "".join(_LEVELS[round((value - low) / span * (len(_LEVELS) - 1))] for value in finite)
