"""emcli compare: which component is which, what differs, and how far two models agree about rows."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

from emcli.cli.screen.bars import plain_characters
from emcli.cli.screen.messages import Speaker
from emcli.cli.screen.model_page import page_width, paragraph, section
from emcli.cli.screen.screen import ScreenSettings, wants_color
from emcli.cli.screen.tables import count, number, table
from emcli.tasks.compare import CompareReport
from emcli.tasks.compare import run as compare
from emcli.tasks.model_rows.products import write_json, write_text
from emcli.tasks.settings import CompareSettings

MOVED = 0.005  # pooled standard deviations: a mean that moved less is not named
MOST_MOVED = 3  # columns named per pair
OTHER_COLUMNS = 50  # characters that the other columns of the table take
MOST_CROSSED = 20  # components up to which the table of labels is printed


def run(settings: CompareSettings, screen: ScreenSettings) -> int:
    """Write the comparison as text or JSON."""
    report = compare(settings)
    if settings.json:
        write_json({**report.as_dict(), "notes": list(report.notes)}, settings.output)
    else:
        styled = settings.output.output == "-" and wants_color(screen.color, sys.stdout)
        page = Page(report, page_width(), plain_characters(sys.stdout))
        write_text("\n".join(page.lines(styled)) + "\n", settings.output)
    Speaker(quiet=screen.quiet, color=screen.color).notes(report.notes)
    return 0


class Page:
    """The comparison as lines of text."""

    def __init__(self, report: CompareReport, width: int, ascii_only: bool) -> None:
        self.report, self.width = report, width
        self.arrow = "->" if ascii_only else "→"

    def lines(self, styled: bool) -> Iterator[str]:
        """All of it; headings bold if styled."""
        for letter, model in (("A", self.report.a), ("B", self.report.b)):
            k, d = model.mixture.n_components, len(model.columns)
            family, covariance = model.plain["family"], model.plain["covariance"]
            text = f"{model.name}, {count(k, 'component')} in {count(d, 'column')}, {family}, covariance {covariance}"
            yield from paragraph(text, self.width, f"{letter}: ")
        title = "Which is which, and what differs from A to B"
        yield from section(title, self.pairs(), self.width, styled)
        yield from paragraph(
            "overlap: 1 for equal components. size: how many times as wide. shape: 1 if only wider or narrower, else "
            "the ratio of the largest stretch to the smallest. mean: the columns moved most, in standard deviations.",
            self.width,
            "  ",
            "  ",
        )
        rows = self.report.agreement
        origin = rows.name
        if rows.drawn:
            origin = f"drawn from A, seed {self.report.seed}"
        yield from section(f"On {count(rows.n_rows, 'row')} ({origin})", self.agreement(), self.width, styled)

    def pairs(self) -> Iterator[str]:
        found, a, b = self.report.matching, self.report.a.mixture, self.report.b.mixture
        rows = [
            [
                str(pair.a + 1),
                str(pair.b + 1),
                f"{100 * a.weights[pair.a]:.1f} {self.arrow} {100 * b.weights[pair.b]:.1f} %",
                f"{pair.overlap:.3f}",
                f"{pair.size:.2f}",
                f"{pair.shape:.2f}",
                self._moved(pair.shifts.tolist()),
            ]
            for pair in found.pairs
        ]
        rows += [self._alone(i, None, a.weights[i].item(), found.overlaps[i]) for i in found.alone_a]
        rows += [self._alone(None, j, b.weights[j].item(), found.overlaps[:, j]) for j in found.alone_b]
        yield from table(["A", "B", "weight", "overlap", "size", "shape", "mean"], rows, self.width, left=(6,))

    def _moved(self, shifts: list[float]) -> str:
        order = sorted(range(len(shifts)), key=lambda j: -abs(shifts[j]))
        told = [f"{self.report.columns[j]} {shifts[j]:+.2f}" for j in order[:MOST_MOVED] if abs(shifts[j]) >= MOVED]
        while len(told) > 1 and len(", ".join(told)) > self.width - OTHER_COLUMNS:
            told.pop()
        return ", ".join(told) or "as it was"

    def _alone(self, a: int | None, b: int | None, weight: float, overlaps: Any) -> list[str]:
        nearest = int(overlaps.argmax())
        here, there = ("A", "B") if a is not None else ("B", "A")
        text = f"only in {here}; nearest in {there} is {nearest + 1}"
        names = ["-" if k is None else str(k + 1) for k in (a, b)]
        return [*names, f"{100 * weight:.1f} %", f"{overlaps[nearest]:.3f}", "", "", text]

    def agreement(self) -> Iterator[str]:
        rows = self.report.agreement
        yield from paragraph(
            f"The labels agree by an adjusted Rand index of {rows.rand:.3f} (1 is full agreement, 0 chance); "
            f"{100 * rows.same:.1f} % of the rows are in the same cluster.",
            self.width,
            "  ",
            "  ",
        )
        (one, other, difference), (_, _, error) = rows.means.tolist(), rows.errors.tolist()
        yield from paragraph(
            f"Log-likelihood per row: {one:.4f} under A, {other:.4f} under B; difference {difference:+.4f} "
            f"± {error:.4f}.",
            self.width,
            "  ",
            "  ",
        )
        if max(rows.crosstab.shape) <= MOST_CROSSED:
            yield ""
            k_a, k_b = (model.mixture.n_components for model in (self.report.a, self.report.b))
            # Behind the components stands the background, cluster 0, if there is one.
            header = ["rows by label", *(f"B {(j + 1) % (k_b + 1)}" for j in range(rows.crosstab.shape[1]))]
            lines = enumerate(rows.crosstab.tolist())
            cells = [[f"A {(i + 1) % (k_a + 1)}", *(number(n, 6) for n in line)] for i, line in lines]
            yield from table(header, cells, self.width)
