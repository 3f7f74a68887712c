"""Fenced blocks of a Markdown file, and the comparison of what is printed with what a document says."""

from __future__ import annotations

import math
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?")


def blocks(document: str, language: str) -> list[str]:
    """The contents of the document's fenced blocks in one language, in order."""
    text = (ROOT / document).read_text(encoding="utf-8")
    return [body for found, body in FENCE.findall(text) if found == language]


def same(printed: str, documented: str) -> bool:
    """Equal texts, but for spacing and the last digits of numbers."""
    words, numbers = _apart(printed)
    wanted_words, wanted_numbers = _apart(documented)
    pairs = zip(numbers, wanted_numbers, strict=False)
    close = (math.isclose(a, b, rel_tol=2e-3, abs_tol=2e-3) for a, b in pairs)
    return words == wanted_words and len(numbers) == len(wanted_numbers) and all(close)


def _apart(text: str) -> tuple[list[str], list[float]]:
    """The words with numbers cut out, and the numbers."""
    return NUMBER.sub("0", text).split(), [float(number) for number in NUMBER.findall(text)]
