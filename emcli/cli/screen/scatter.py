"""Rows drawn with characters: two columns as dots, one column as a histogram, each cluster in its colour.

A character cell of a scatter holds two by four braille dots in the colour of the cluster that has most of them; the
number of a cluster stands at its mean.  Without colour a cell shows the number of its cluster instead of dots.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator

from emcli.cli.screen.brush import Brush, numeral
from emcli.cli.screen.charts import DOTS, Scale, braille
from emcli.cli.screen.messages import visible
from emcli.cli.screen.tables import count, number
from emcli.tasks.model_rows.points import Points

HEIGHT = 16
LOW_HEIGHT = 8  # of a histogram
NARROWEST = 30
WIDEST = 76
LONGEST_NAME = 24
BINS = 1.5  # towers of a histogram, times the root of the number of rows
_EIGHTHS = " ▁▂▃▄▅▆▇█"


def scatter(points: Points, width: int, brush: Brush) -> list[str]:
    """A title, the picture with its axes, the names below; nothing where there is no room or no point."""
    width = min(width, WIDEST)
    if width < NARROWEST or not points.n_points:
        return []
    two = len(points.names) == 2
    tall = HEIGHT if two else LOW_HEIGHT
    labels = _labels(points.frame[1], tall) if two else [""] * tall
    margin = max(map(len, labels))
    columns = width - margin - 2
    body = _dots(points, columns, tall, brush) if two else _towers(points, columns, tall, brush)
    upright, corner, level = ("│", "└", "─") if brush.dots else ("|", "+", "-")
    return [
        _title(points)[:width],
        *(f"{label:>{margin}} {upright}{line}" for label, line in zip(labels, body, strict=True)),
        " " * (margin + 1) + corner + level * columns,
        " " * (margin + 2) + _below(points, columns),
    ]


def _title(points: Points) -> str:
    names = [_short(name) for name in reversed(points.names)]
    what = f"{names[0]} over {names[1]}" if len(names) == 2 else names[0]
    if points.of_rows is None:
        return f"{what}: {count(points.n_points, 'draw')} from the model"
    some = "" if points.n_points == points.of_rows else f" of {points.of_rows:,}"
    return f"{what}: {points.n_points:,}{some} rows"


def _dots(points: Points, columns: int, height: int, brush: Brush) -> Iterator[str]:
    """Lines of a scatter, from the top."""
    across, up = Scale(*points.frame[0], 2 * columns), Scale(*points.frame[1], 4 * height)
    dots: dict[tuple[int, int], int] = {}
    owners: dict[tuple[int, int], Counter[int]] = {}
    for x, y, label in zip(*points.values, points.labels, strict=True):
        i, j = round(across(x)), 4 * height - 1 - round(up(y))
        if 0 <= i < 2 * columns and 0 <= j < 4 * height:
            cell = j // 4, i // 2
            dots[cell] = dots.get(cell, 0) | DOTS[j % 4][i % 2]
            owners.setdefault(cell, Counter())[label] += 1
    marks = {}
    for k, (x, y) in enumerate(points.centres):
        cell = (4 * height - 1 - round(up(y))) // 4, round(across(x)) // 2
        if brush.color and any(label == k for label in points.labels):
            marks[cell] = brush.paint(numeral(k), k, bold=True)
    for row in range(height):
        line = "".join(
            marks.get((row, column)) or _cell(dots, owners, (row, column), brush) for column in range(columns)
        )
        yield line.rstrip()


def _cell(
    dots: dict[tuple[int, int], int], owners: dict[tuple[int, int], Counter[int]], at: tuple[int, int], brush: Brush
) -> str:
    if at not in dots:
        return " "
    owner = max(owners[at].items(), key=lambda one: (one[1], -one[0]))[0]
    return brush.paint(braille(dots[at]) if brush.dots and brush.color else numeral(owner), owner)


def _towers(points: Points, columns: int, height: int, brush: Brush) -> Iterator[str]:
    """Lines of a histogram, from the top; a tower has the clusters' parts one above the other, the first lowest."""
    wide = max(1, round(columns / (BINS * math.sqrt(points.n_points))))
    bins = columns // wide
    low, high = points.frame[0]
    parts = [Counter[int]() for _ in range(bins)]
    for x, label in zip(points.values[0], points.labels, strict=True):
        if low <= x <= high:
            parts[min(int((x - low) / ((high - low) or 1.0) * bins), bins - 1)][label] += 1
    largest = max((sum(part.values()) for part in parts), default=0) or 1
    for row in reversed(range(height)):
        yield "".join(_storey(part, row, height / largest, brush) * wide for part in parts).rstrip()


def _storey(part: Counter[int], row: int, scale: float, brush: Brush) -> str:
    """One character of a tower: whose it is halfway up, and how full."""
    total = sum(part.values()) * scale
    full = min(max(total - row, 0.0), 1.0)
    if full < (1 / 16 if brush.dots else 0.5):
        return " "
    middle, below, owner = row + full / 2, 0.0, 0
    for owner in sorted(part):
        below += part[owner] * scale
        if below >= middle:
            break
    if not (brush.dots and brush.color):
        return numeral(owner)
    return brush.paint(_EIGHTHS[max(round(8 * full), 1)], owner)


def _labels(frame: tuple[float, float], height: int) -> list[str]:
    """Numbers at the top, in the middle and at the bottom."""
    low, high = frame
    at = {0: high, height - 1: low, height // 2: high - (high - low) * (height // 2) / (height - 1)}
    return [number(at[row], 3) if row in at else "" for row in range(height)]


def _below(points: Points, columns: int) -> str:
    """The ends of the horizontal axis and the column's name between them."""
    low, high = (number(value, 3) for value in points.frame[0])
    room = columns - len(low) - len(high)
    name = _short(points.names[0])
    return low + (f"{name:^{room}}" if len(name) + 2 <= room else " " * room) + high


def _short(name: str) -> str:
    text = visible(name)
    return text if len(text) <= LONGEST_NAME else text[: LONGEST_NAME - 3] + "..."
