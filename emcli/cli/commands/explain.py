"""emcli explain: a model in sentences: what the components are, which are close, what tells them apart, how sure."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from emcli.cli.screen.bars import bar, plain_characters
from emcli.cli.screen.messages import visible
from emcli.cli.screen.model_page import opening, page_width, paragraph, section
from emcli.cli.screen.screen import ScreenSettings, wants_color
from emcli.cli.screen.tables import count, number, table
from emcli.tasks.explain import ExplainReport
from emcli.tasks.explain import run as explain
from emcli.tasks.model_rows.products import write_json, write_text
from emcli.tasks.settings import ExplainSettings
from emcli.tasks.show import tail_of

NOTABLE = 1.0  # standard deviations: from here on a difference is worth a word
MOST_WORDS = 4  # columns named per component
SEPARATE = 0.01  # overlap below which two components have nothing to do with each other
MOST_PAIRS = 8
MOST_COLUMNS = 15
BAR = 20


def run(settings: ExplainSettings, screen: ScreenSettings) -> int:
    """Write the explanation as text or JSON."""
    report = explain(settings)
    if settings.json:
        write_json(report.as_dict(), settings.output)
        return 0
    styled = settings.output.output == "-" and wants_color(screen.color, sys.stdout)
    page = Page(report, page_width(), plain_characters(sys.stdout))
    write_text("\n".join(page.lines(styled)) + "\n", settings.output)
    return 0


class Page:
    """The explanation as lines of text."""

    def __init__(self, report: ExplainReport, width: int, ascii_only: bool) -> None:
        self.report, self.width, self.ascii_only = report, width, ascii_only
        self.k = len(report.weights)

    def lines(self, styled: bool) -> Iterator[str]:
        """All of it; headings bold if styled."""
        yield from opening(self.report.name, self.report.plain, self.width)
        yield from section("What the components are", self.components(), self.width, styled)
        if self.k > 1:
            yield from section("Which are close", self.pairs(), self.width, styled)
            yield from section("Which columns tell them apart", self.columns(), self.width, styled)
        yield from section("What the fit cannot tell", self.cautions(), self.width, styled)

    def components(self) -> Iterator[str]:
        number_width = len(str(self.k))
        for k, weight in enumerate(self.report.weights.tolist()):
            n_rows = self.report.n_rows
            rows = f", about {count(round(weight * n_rows), 'row')}" if n_rows else ""
            tails = tail_of(self.report.plain["components"][k])
            tail = "".join(f" Tails: {number(value)} {key.replace('_', ' ')}." for key, value in tails.items())
            text = f"{100 * weight:.1f} %{rows}: {self._words(k)}.{tail}"
            yield from paragraph(f"{text} {self._recognised(k)}".rstrip(), self.width, f"  {k + 1:>{number_width}}  ")

        noise = self.report.plain.get("noise")
        if noise:
            text = f"{100 * noise['weight']:.1f} %: a uniform background, for rows that belong to no component."
            yield from paragraph(text, self.width, f"  {'0':>{number_width}}  ")

    def _words(self, k: int) -> str:
        """What is typical of a component: its means by how far they are from those of the others."""
        differences = self.report.differences[k].tolist()
        order = sorted(range(len(differences)), key=lambda j: -abs(differences[j]))
        told = [j for j in order[:MOST_WORDS] if abs(differences[j]) >= NOTABLE]
        if self.k == 1:
            return ", ".join(f"{self._name(j)} {self._typical(k, j)}" for j in range(len(differences))[:MOST_WORDS])
        if not told:
            return self._between(k)
        parts = [f"{self._name(j)} {'high' if differences[j] > 0 else 'low'} ({self._typical(k, j)})" for j in told]
        return " and ".join(filter(None, [", ".join(parts[:-1]), parts[-1]]))

    def _between(self, k: int) -> str:
        """A component that is neither high nor low: the column in which it is farthest from its nearest neighbour."""
        others = [b for b in range(self.k) if b != k]
        gaps = abs(self.report.gaps[k][others]).min(axis=0)
        j = int(gaps.argmax())
        if gaps[j] < NOTABLE:
            return "in no column by itself apart from the others"
        return f"{self._name(j)} between the others' ({self._typical(k, j)})"

    def _typical(self, k: int, j: int) -> str:
        return f"{number(self.report.means[k, j].item(), 3)} ± {number(self.report.deviations[k, j].item(), 2)}"

    def _recognised(self, k: int) -> str:
        """Where its rows would be put."""
        confusion = self.report.told.confusion[k].tolist()
        others = [b for b in range(self.k) if b != k]
        if not others:
            return ""
        most = max(others, key=lambda b: confusion[b])
        if confusion[most] < 0.0005:
            return "Its rows are hardly ever taken for another's."
        return f"{100 * (1 - confusion[k]):.1f} % of its rows would be put elsewhere, mostly to {most + 1}."

    def pairs(self) -> Iterator[str]:
        shared, gaps = self.report.overlap, self.report.gaps
        every = [(shared[a, b].item(), a, b) for a in range(self.k) for b in range(a + 1, self.k)]
        close = [pair for pair in sorted(every, reverse=True) if pair[0] >= SEPARATE]
        for overlap, a, b in close[:MOST_PAIRS]:
            column = int(abs(gaps[a, b]).argmax())
            text = (
                f"{a + 1} and {b + 1} overlap by {overlap:.2f}; farthest apart in {self._name(column)}, "
                f"{abs(gaps[a, b, column]):.1f} standard deviations"
            )
            yield from paragraph(text, self.width, "  ", "    ")
        if len(close) > MOST_PAIRS:
            yield f"  {count(len(close) - MOST_PAIRS, 'more pair')} (--json lists them)"
        apart = [str(k + 1) for k in range(self.k) if not any(k in pair[1:] for pair in close)]
        if not close:
            yield f"  none: no two overlap by {SEPARATE:g} or more (1 would be the same, 0 is separate)"
        elif apart:
            stands = "stands" if len(apart) == 1 else "stand"
            yield from paragraph(f"{', '.join(apart)} {stands} apart from all others", self.width, "  ", "    ")

    def columns(self) -> Iterator[str]:
        told = self.report.told
        if told.together <= 0.0:
            yield from paragraph("none: nothing in a row tells which component it came from", self.width, "  ")
            return
        share = told.together / told.entropy
        yield from paragraph(
            f"A row tells {100 * share:.0f} % of what there is to know about its component ({told.together:.2f} of "
            f"{told.entropy:.2f} nats). Of that, each column tells:",
            self.width,
            "  ",
            "  ",
        )
        order = sorted(range(len(told.alone)), key=lambda j: -told.alone[j])
        rows = [
            [
                self.report.columns[j],
                f"{100 * told.alone[j]:.0f} %",
                f"{bar(told.alone[j].item(), BAR, ascii_only=self.ascii_only):<{BAR}}",
                f"{100 * told.lost[j]:.0f} %",
            ]
            for j in order[:MOST_COLUMNS]
        ]
        yield from table(["", "alone", "", "lost without it"], rows, self.width, left=(0, 2))
        if len(order) > MOST_COLUMNS:
            yield f"  and {count(len(order) - MOST_COLUMNS, 'column')} that tell less (--json has them all)"
        yield from paragraph(self._best(), self.width, "  ", "  ")

    def _best(self) -> str:
        """How few columns would do."""
        steps = [
            f"{', '.join(self._name(j) for j in chosen.columns[:-1])} and {self._name(chosen.columns[-1])}"
            if len(chosen.columns) > 1
            else f"{self._name(chosen.columns[0])} by itself"
            for chosen in self.report.told.picked
        ]
        shares = [f"{100 * chosen.share:.0f} %" for chosen in self.report.told.picked]
        text = f"{steps[0]} tells {shares[0]}"
        more = [f"{step} {share}" for step, share in zip(steps[1:], shares[1:], strict=True)]
        return "; ".join([text, *more]) + "."

    def cautions(self) -> Iterator[str]:
        for sentence in self.report.cautions:
            yield from paragraph(f"{sentence[:1].upper()}{sentence[1:]}.", self.width, "  - ")

    def _name(self, j: int) -> str:
        return visible(self.report.columns[j])
