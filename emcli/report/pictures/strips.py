"""Small pictures drawn as SVG without any library: bars, places on a line, the mark of a cluster, a grid of holes.

They stand beside the numbers they show, which are what is read aloud, so they are hidden from screen readers; the
grid of holes has a text of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from emcli.report.pictures.labels import short
from emcli.report.pictures.palette import colour, mark

SHAPES = {
    "o": '<circle cx="8" cy="8" r="6"/>',
    "^": '<path d="M8 2 15 14H1z"/>',
    "s": '<path d="M2.5 2.5h11v11h-11z"/>',
    "D": '<path d="M8 .8 15.2 8 8 15.2.8 8z"/>',
    "v": '<path d="M8 14 1 2h14z"/>',
    "P": '<path d="M5.6 1.5h4.8v4.1h4.1v4.8h-4.1v4.1H5.6v-4.1H1.5V5.6h4.1z"/>',
    "X": '<path d="M4.5 1.2 8 4.7l3.5-3.5 3.3 3.3L11.3 8l3.5 3.5-3.3 3.3L8 11.3l-3.5 3.5-3.3-3.3L4.7 8 1.2 4.5z"/>',
    "*": '<path d="M8 .6l2.2 5 5.3.6-4 3.6 1.2 5.3L8 12.4l-4.7 2.7 1.2-5.3-4-3.6 5.3-.6z"/>',
}
WIDTH, THICK = 100.0, 8.0
CELL = 14.0  # of the grid of holes
MOST_COLUMNS, MOST_PATTERNS = 30, 20


def swatch(component: int) -> str:
    """The mark of a component in its colour."""
    return (
        f'<svg class="mark" viewBox="0 0 16 16" aria-hidden="true" fill="{colour(component)}">'
        f"{SHAPES[mark(component)]}</svg>"
    )


def bar(share: float, fill: str = "var(--ink)") -> str:
    """A bar for a share of 1."""
    length = max(0.0, min(share, 1.0)) * WIDTH
    return (
        f'<svg class="bar" viewBox="0 0 {WIDTH:g} {THICK:g}" preserveAspectRatio="none" aria-hidden="true">'
        f'<path d="M0 0h{WIDTH:g}v{THICK:g}H0z" fill="var(--track)"/>'
        f'<path d="M0 0h{length:.2f}v{THICK:g}H0z" fill="{fill}"/></svg>'
    )


def component_bar(share: float, component: int) -> str:
    """A bar in the colour of a component."""
    return bar(share, colour(component))


def place(centre: float, reach: float, component: int) -> str:
    """Where a component lies, on a line from -3 to 3: its mean and deviation in standard deviations of all rows."""

    def across(value: float) -> float:
        return 50.0 + max(-3.0, min(value, 3.0)) * 50.0 / 3.0

    low, high = across(centre - reach), across(centre + reach)
    return (
        '<svg class="place" viewBox="0 0 100 10" aria-hidden="true">'
        '<path d="M0 5h100" stroke="var(--rule)"/><path d="M50 1v8" stroke="var(--faint)"/>'
        f'<path d="M{low:.2f} 5H{high:.2f}" stroke="{colour(component)}" stroke-width="3"/>'
        f'<circle cx="{across(centre):.2f}" cy="5" r="3.2" fill="{colour(component)}" stroke="var(--card)"/></svg>'
    )


def holes(names: Sequence[str], missing: Sequence[Sequence[bool]], counts: Sequence[int], text: str) -> str:
    """A grid: a row per pattern, a column per column of the table, a hollow square where cells are missing.

    missing  per pattern, whether each column is; counts  rows of each pattern; text  what is read instead
    """
    width = CELL * len(names)
    longest = max(counts, default=1)
    head = 7.0 * max((len(short(name, 22)) for name in names), default=1) * 0.62 + 8.0
    parts = [
        f'<text transform="translate({CELL * j + 10:g} {head - 5:g}) rotate(-60)">{escape(short(name, 22))}</text>'
        for j, name in enumerate(names)
    ]
    for i, (row, n) in enumerate(zip(missing, counts, strict=True)):
        y = head + CELL * i
        parts += [_square(CELL * j, y, hollow) for j, hollow in enumerate(row)]
        length = max(120.0 * n / longest, 0.8)
        parts.append(
            f'<path d="M{width + 6:g} {y + 2:g}h{length:.2f}v10h-{length:.2f}z" fill="var(--faint)"/>'
            f'<text x="{width + 10 + length:.2f}" y="{y + 10.5:g}">{n:,}</text>'
        )
    size = f"{width + 200 + head * 0.6:.0f} {head + CELL * len(missing) + 2:.0f}"
    return f'<svg class="holes" role="img" aria-label="{escape(text)}" viewBox="0 0 {size}">{"".join(parts)}</svg>'


def _square(x: float, y: float, hollow: bool) -> str:
    if hollow:
        return f'<path d="M{x + 2.5:g} {y + 2.5:g}h9v9h-9z" fill="none" stroke="var(--ink)"/>'
    return f'<path d="M{x + 2:g} {y + 2:g}h10v10h-10z" fill="var(--track-dark)"/>'
