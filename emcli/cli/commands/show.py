"""emcli show: a model in words and tables."""

from __future__ import annotations

import math
import sys
import textwrap
from collections.abc import Iterator
from typing import Any

from emcli.cli.screen.bars import bar
from emcli.cli.screen.brush import Brush, brush_for
from emcli.cli.screen.messages import visible
from emcli.cli.screen.model_page import opening, page_width, section
from emcli.cli.screen.scatter import scatter
from emcli.cli.screen.screen import ScreenSettings, is_terminal, wants_color
from emcli.cli.screen.tables import count, number, table
from emcli.tasks.model_rows.products import write_json, write_table, write_text
from emcli.tasks.settings import ShowSettings
from emcli.tasks.show import ShowReport
from emcli.tasks.show import run as describe

NOTABLE = 1.0  # standard deviations: from here on a difference is worth a word
MOST_WORDS = 4  # columns named per component
SPREADS = {
    "sd": "Means ± standard deviations",
    "scale": "Means ± scales (of t distributions, whose standard deviations are larger or do not exist)",
}
OVERLAPPING = 0.001  # pairs that overlap less are not listed


def run(settings: ShowSettings, screen: ScreenSettings) -> int:
    """Write the description as text, CSV or JSON."""
    report = describe(settings)
    if settings.json:
        write_json(report.as_dict(), settings.output)
    elif settings.csv:
        write_table(_csv_header(report), list(zip(*_csv_rows(report), strict=True)), settings.output)
    else:
        on_screen = settings.output.output == "-"
        styled = on_screen and wants_color(screen.color, sys.stdout)
        brush = brush_for(sys.stdout, screen.color) if on_screen and is_terminal(sys.stdout) else None
        write_text("\n".join(Page(report, styled, brush).lines()) + "\n", settings.output)
    return 0


def _csv_header(report: ShowReport) -> list[str]:
    return ["cluster", "weight", "column", "mean", report.spread, "difference"]


def _csv_rows(report: ShowReport) -> Iterator[tuple[Any, ...]]:
    for k, weight in enumerate(report.weights.tolist()):
        for j, column in enumerate(report.columns):
            values = (table[k, j].item() for table in (report.means, report.deviations, report.distinctions))
            yield (k + 1, weight, column, *values)


class Page:
    """The description as lines of text; with a brush also as a picture, for a person at a terminal."""

    def __init__(self, report: ShowReport, styled: bool, brush: Brush | None) -> None:
        self.brush = brush
        self.report = report
        self.styled = styled
        self.width = page_width()
        self.k = len(report.weights)

    def lines(self) -> Iterator[str]:
        yield from opening(self.report.name, self.report.plain, self.width)
        yield from self.section("Components", self.weights())
        if self.brush is not None:
            yield from ("", *scatter(self.report.points(), self.width, self.brush))
        yield from self.section(SPREADS[self.report.spread], self.moments())
        if self.k > 1:
            yield from self.section(
                "What sets each apart (its mean against the others', in standard deviations)",
                self.distinctions(),
            )
            yield from self.section(
                "Overlap (1 for components that lie on each other, 0 for separate ones)", self.overlaps()
            )

    def section(self, title: str, lines: Iterator[str]) -> Iterator[str]:
        return section(title, lines, self.width, self.styled)

    def weights(self) -> Iterator[str]:
        room = min(40, self.width - 20)
        largest = max(self.report.weights.max(), 1e-300)
        for k, weight in enumerate(self.report.weights.tolist(), 1):
            drawn = bar(weight / largest, room, ascii_only=self.brush is not None and not self.brush.dots)
            drawn = self.brush.paint(drawn, k - 1) if self.brush is not None else drawn
            tail = [f"{key.replace('_', ' ')} {number(value, 4)}" for key, value in self.report.tail(k - 1).items()]
            fixed = self.report.plain["components"][k - 1].get("fixed")
            tail += [f"fixed: {', '.join(fixed).replace('_', ' ')}"] if fixed else []
            yield "  ".join([f"  {k:>{len(str(self.k))}}  {100 * weight:5.1f} %  {drawn}", *tail]).rstrip()
        noise = self.report.plain.get("noise")
        if noise:
            yield f"  {'0':>{len(str(self.k))}}  {100 * noise['weight']:5.1f} %  noise: a uniform background"

    def moments(self) -> Iterator[str]:
        cells = [self._moment_cells(j) for j in range(len(self.report.columns))]
        widest = max(len(cell) for row in cells for cell in row) + 2
        at_once = max(1, (self.width - 16) // widest)
        for first in range(0, self.k, at_once):
            if first:
                yield ""
            chosen = range(first, min(first + at_once, self.k))
            named = zip(self.report.columns, cells, strict=True)
            rows = [[name, *(row[k] for k in chosen)] for name, row in named]
            yield from table(["", *(str(k + 1) for k in chosen)], rows, self.width)

    def _moment_cells(self, j: int) -> list[str]:
        """One column's means and deviations with as many decimals as its smallest deviation is worth."""
        deviations = self.report.deviations[:, j]
        decimals = 2 - math.floor(math.log10(deviations.min()))
        form = f",.{max(decimals, 0)}f" if -8 < decimals < 8 else ".5g"
        pairs = zip(self.report.means[:, j].tolist(), deviations.tolist(), strict=True)
        return [f"{mean:{form}} ± {deviation:{form}}" for mean, deviation in pairs]

    def distinctions(self) -> Iterator[str]:
        number_width = len(str(self.k))
        for k in range(self.k):
            first = f"  {k + 1:>{number_width}}  "
            yield from textwrap.wrap(
                self._words(k),
                self.width,
                initial_indent=first,
                subsequent_indent=" " * len(first),
                break_on_hyphens=False,
            )

    def _words(self, k: int) -> str:
        differences = self.report.distinctions[k].tolist()
        order = sorted(range(len(differences)), key=lambda j: -abs(differences[j]))
        told = [j for j in order[:MOST_WORDS] if abs(differences[j]) >= NOTABLE]
        words = ", ".join(self._word(j, differences[j]) for j in told or order[:1])
        return words if told else f"no column by itself; the most is {words}"

    def _word(self, j: int, difference: float) -> str:
        direction = "high" if difference > 0 else "low"
        return f"{visible(self.report.columns[j])} {direction} ({difference:+.1f})"

    def overlaps(self) -> Iterator[str]:
        shared = self.report.overlap
        pairs = [(shared[a, b], a, b) for a in range(self.k) for b in range(a + 1, self.k)]
        told = [pair for pair in sorted(pairs, reverse=True) if pair[0] >= OVERLAPPING]
        for share, a, b in told:
            yield f"  {a + 1} and {b + 1}  {share:.3f}  {bar(share, 20)}".rstrip()
        rest = len(pairs) - len(told)
        if rest:
            yield f"  {count(rest, 'other pair') if told else 'all pairs'} below {OVERLAPPING:g}"
