"""Curves drawn with characters: lines in braille dots, marks on top, an axis of numbers at the left.

A braille character holds two by four dots, so a chart of 40 x 12 characters has 80 x 48 points.  Where the
terminal cannot show braille, the marks alone are drawn, in ASCII.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
_BLANK = 0x2800


@dataclass(frozen=True)
class Line:
    """Points (x, y) to be joined; `mark` stands on each; `errors` are half lengths of vertical bars."""

    x: Sequence[float]
    y: Sequence[float]
    mark: str
    ascii_mark: str
    errors: Sequence[float] = field(default=())


@dataclass(frozen=True)
class Scale:
    """Where numbers come to lie: from `low` to `high` over `size` dots."""

    low: float
    high: float
    size: int

    def __call__(self, value: float) -> float:
        span = self.high - self.low or 1.0
        return (value - self.low) / span * (self.size - 1)


def chart(
    title: str,
    lines: Sequence[Line],
    width: int,
    height: int,
    *,
    frame: tuple[float, float] = (-math.inf, math.inf),
    ascii_only: bool = False,
) -> list[str]:
    """A title, `height` lines of curves with a numbered axis, and the x axis; every line `width` wide or less.

    What lies outside the frame (lowest, highest) is left out.
    """
    values = [y for line in lines for y in line.y]
    bars = [
        y + sign * error for line in lines for y, error in zip(line.y, line.errors, strict=False) for sign in (-1, 1)
    ]
    everything = [value for value in (*values, *bars) if frame[0] <= value <= frame[1]]
    if not everything:
        return [title]
    low, high = min(everything), max(everything)
    labels = _labels(low, high, height)
    margin = max(map(len, labels)) + 2
    columns = max(width - margin, 8)
    xs = [x for line in lines for x in line.x]
    across = Scale(min(xs) - 0.35, max(xs) + 0.35, 2 * columns)
    up = Scale(low, high, 4 * height)
    canvas = Canvas(columns, height, ascii_only)
    for line in lines:
        canvas.draw(line, across, up)
    rows = [f"{label:>{margin - 2}} ┤{text}" for label, text in zip(labels, canvas.rows(), strict=True)]
    if ascii_only:
        rows = [row.replace("┤", "|") for row in rows]
    return [title, *rows, "k".rjust(margin - 2) + "  " + _x_axis(sorted(set(xs)), across, columns)]


class Canvas:
    """Dots and marks on a grid of characters."""

    def __init__(self, columns: int, height: int, ascii_only: bool) -> None:
        self._dots = [[0] * columns for _ in range(height)]
        self._marks: dict[tuple[int, int], str] = {}
        self._ascii_only = ascii_only
        self._columns, self._height = columns, height

    def draw(self, line: Line, across: Scale, up: Scale) -> None:
        """The line, its bars and its marks."""
        points = [(across(x), up(y)) for x, y in zip(line.x, line.y, strict=True)]
        for (x0, y0), (x1, y1) in pairwise(points):
            steps = max(2, math.ceil(2 * max(abs(x1 - x0), abs(y1 - y0))))
            for i in range(steps + 1):
                self._dot(x0 + (x1 - x0) * i / steps, y0 + (y1 - y0) * i / steps)
        for (x, _), y, error in zip(points, line.y, line.errors, strict=False):
            low, high = up(y - error), up(y + error)
            for i in range(math.ceil(2 * (high - low)) + 1):
                self._dot(x, min(low + i / 2, high))
        for x, y in points:
            self._mark(x, y, line.ascii_mark if self._ascii_only else line.mark)

    def rows(self) -> Iterator[str]:
        """The grid as text, from the top."""
        for row in range(self._height):
            cells = (
                self._marks.get((row, column), " " if self._ascii_only else braille(self._dots[row][column]))
                for column in range(self._columns)
            )
            yield "".join(cells).rstrip()

    def _dot(self, x: float, y: float) -> None:
        column, row = round(x), 4 * self._height - 1 - round(y)
        if 0 <= column < 2 * self._columns and 0 <= row < 4 * self._height:
            self._dots[row // 4][column // 2] |= DOTS[row % 4][column % 2]

    def _mark(self, x: float, y: float, mark: str) -> None:
        column, row = round(x) // 2, (4 * self._height - 1 - round(y)) // 4
        if 0 <= column < self._columns and 0 <= row < self._height:
            self._marks[row, column] = mark


def braille(dots: int) -> str:
    """The character with these dots; a blank where there are none."""
    return chr(_BLANK + dots) if dots else " "


def _labels(low: float, high: float, height: int) -> list[str]:
    """Numbers at the top, in the middle and at the bottom; nothing in between."""
    span = high - low or abs(high) or 1.0
    decimals = min(max(0, 2 - math.floor(math.log10(span))), 6)
    middle = height // 2
    at = {0: high, middle: high - (high - low) * middle / max(height - 1, 1), height - 1: low}
    return [f"{at[row]:,.{decimals}f}" if row in at else "" for row in range(height)]


def _x_axis(xs: Sequence[float], across: Scale, columns: int) -> str:
    """The values of x below their columns, as many as fit."""
    line = [" "] * columns
    free = 0
    for x in xs:
        text = f"{x:g}"
        start = min(round(across(x)) // 2 - (len(text) - 1) // 2, columns - len(text))
        if start >= free:
            line[start : start + len(text)] = text
            free = start + len(text) + 1
    return "".join(line).rstrip()
