"""Tables of text that line up, for people: no boxes, no markup, as wide as the window allows.

Widths are counted in cells of the terminal, so that names in any script line up.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.cells import cell_len, set_cell_size

from emcli.cli.screen.messages import visible

GAP = "  "


def number(value: float | None, digits: int = 4) -> str:
    """A number for a person: a few significant digits."""
    if value is None:
        return ""
    text = f"{value:.{digits}g}"
    return f"{value:,.0f}" if 1e4 <= abs(value) < 1e9 and "e" in text else text


def count(n: int, noun: str) -> str:
    """`no rows`, `1 row`, `1,234 rows`."""
    return f"{n:,} {noun}" if n == 1 else f"{n or 'no':{',' if n else ''}} {noun}s"


def fitted(text: str, width: int) -> str:
    """The text in exactly `width` cells, cut with an ellipsis if it is longer."""
    text = visible(text)
    if cell_len(text) <= width:
        return set_cell_size(text, width)
    return set_cell_size(text, max(width - 1, 0)) + "…" if width else ""


def table(
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    width: int,
    *,
    left: Sequence[int] = (0,),
    indent: str = "  ",
) -> Iterator[str]:
    """Lines of a table; columns listed in `left` are flush left, the others flush right.

    If it is too wide, the widest flush-left columns give way first.
    """
    cells = [[visible(cell) for cell in row] for row in (header, *rows)]
    widths = [max(cell_len(row[j]) for row in cells) for j in range(len(header))]
    excess = len(indent) + sum(widths) + len(GAP) * (len(widths) - 1) - width
    while excess > 0 and (widest := max(left, key=lambda j: widths[j])) is not None and widths[widest] > 8:
        widths[widest] -= 1
        excess -= 1
    for row in cells:
        parts = [
            fitted(cell, widths[j]) if j in left else " " * (widths[j] - cell_len(cell)) + cell
            for j, cell in enumerate(row)
        ]
        yield (indent + GAP.join(parts)).rstrip()
