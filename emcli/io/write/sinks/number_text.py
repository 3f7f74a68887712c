"""Numbers as text: the shortest that reads back as the same double.

Decimal notation is used from 0.000001 up to 1e16, where doubles stop being exact integers; beyond, the
exponent is written without padding: `0.25`, `3`, `1e-35`, `1.5e+20`.  This is JavaScript's notation (and
Arrow's, apart from 1e10 to 1e16), so every reader of CSV knows it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

DECIMAL_FROM, DECIMAL_BELOW = 1e-6, 1e16


def float_text(value: float) -> str:
    """The text of one double; ValueError if it is not finite, because no table or model may hold that."""
    if not math.isfinite(value):
        raise ValueError(f"{value} was about to be written")
    text = float.__repr__(value)
    if "e" not in text:
        return text.removesuffix(".0")
    mantissa, _, exponent = text.partition("e")
    if DECIMAL_FROM <= abs(value) < DECIMAL_BELOW:
        return _decimal_below_one(mantissa, int(exponent))
    return f"{mantissa}e{exponent[0]}{exponent[1:].lstrip('0')}"


def _decimal_below_one(mantissa: str, exponent: int) -> str:
    """Python writes 1e-05 and 1e-06; all its other exponents are outside of the decimal range."""
    sign = "-" if mantissa.startswith("-") else ""
    digits = mantissa.lstrip("-").replace(".", "")
    return f"{sign}0.{'0' * (-exponent - 1)}{digits}"


def rounded(values: Sequence[float], digits: int) -> list[float]:
    """The doubles nearest to each value written with so many significant digits.

    A value that this would carry over the largest double stays as it is.
    """
    shorter = map(float, (f"%.{digits}g " * len(values) % tuple(values)).split())
    return [value if math.isinf(short) else short for short, value in zip(shorter, values, strict=True)]
