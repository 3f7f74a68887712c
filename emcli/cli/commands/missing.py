"""emcli missing: the pattern table, Little's test, columns that never meet; for a person or as CSV or JSON."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterator

from emcli.cli.screen.messages import BOLD, PLAIN, Speaker, visible
from emcli.cli.screen.screen import ScreenSettings, is_terminal, wants_color, width_of
from emcli.cli.screen.tables import count, number, table
from emcli.tasks.missing import MissingReport
from emcli.tasks.missing import run as look
from emcli.tasks.model_rows.products import write_json, write_table, write_text
from emcli.tasks.settings.impute import MissingSettings

MOST_SHOWN = 30  # patterns on a terminal; CSV and JSON have all
SMALL = 0.05  # p below which the rows speak against missing completely at random


def run(settings: MissingSettings, screen: ScreenSettings) -> int:
    """Write one line per pattern, and what the test says."""
    report = look(settings)
    speaker = Speaker(quiet=screen.quiet, color=screen.color)
    if settings.json:
        write_json(report.as_dict(), settings.output)
    elif settings.output.output == "-" and is_terminal(sys.stdout):
        lines = _page(report, wants_color(screen.color, sys.stdout), width_of(sys.stdout))
        write_text("\n".join(lines) + "\n", settings.output)
    else:
        write_table(report.HEADER, [list(column) for column in zip(*report.lines(), strict=True)], settings.output)
        speaker.success(*_sentences(report))
    speaker.notes(report.notes)
    return 0


def _page(report: MissingReport, styled: bool, width: int) -> Iterator[str]:
    def bold(line: str) -> str:
        return f"{BOLD}{line}{PLAIN}" if styled else line

    holes = [(name, n) for name, n in zip(report.columns, report.per_column, strict=True) if n]
    rows = [[name, f"{n:,}", f"{100 * n / report.n_rows:.1f} %"] for name, n in sorted(holes, key=lambda one: -one[1])]
    if rows:
        first, *others = table(["column", "missing", ""], rows, width, indent="")
        yield from (bold(first), *others, "")
    shown = report.patterns[:MOST_SHOWN]
    rows = [
        [f"{pattern.n_rows:,}", f"{100 * pattern.share:.1f} %", ", ".join(pattern.missing) or "nothing"]
        for pattern in shown
    ]
    first, *others = table(["rows", "", "missing together"], rows, width, left=(2,), indent="")
    yield from (bold(first), *others)
    if len(report.patterns) > len(shown):
        yield f"and {count(len(report.patterns) - len(shown), 'rarer pattern')} (-o FILE has them all)"
    yield ""
    for sentence in _sentences(report):
        yield from textwrap.wrap(visible(sentence), width, break_on_hyphens=False)


def _sentences(report: MissingReport) -> Iterator[str]:
    """The holes in words."""
    total = sum(report.per_column)
    cells = report.n_rows * len(report.columns)
    share = f" ({100 * total / cells:.1f} %)" if cells else ""
    yield (
        f"{count(report.n_rows, 'row')}, {count(len(report.columns), 'column')}, "
        f"{count(total, 'missing cell')}{share}, {count(len(report.patterns), 'pattern')}"
    )
    if report.test is not None:
        test = report.test
        yield (
            f"Little's test: chi-squared {number(test.statistic, 6)}, {test.degrees_of_freedom} degrees of freedom, "
            f"p = {number(test.p_value, 3)}: {_verdict(test.p_value)}"
        )
    elif total:
        yield f"Little's test cannot be made: {report.no_test}"
    pairs = [f"'{a}' and '{b}'" for a, b in report.never]
    if pairs:
        yield f"never observed together, so their covariance cannot be told: {'; '.join(pairs)}"


def _verdict(p_value: float) -> str:
    if p_value < SMALL:
        return (
            "what is missing has to do with what is observed; EM allows for that, leaving incomplete rows out does not"
        )
    return "no sign against missing completely at random"
