"""emcli score: the log-likelihood of rows, or how far they have moved from those of the fit."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterator

from emcli.cli.screen.clusters import announcing
from emcli.cli.screen.display import Display, RowsPicture
from emcli.cli.screen.messages import BOLD, PLAIN, Speaker, visible
from emcli.cli.screen.model_page import page_width
from emcli.cli.screen.rows import stream, write_summary
from emcli.cli.screen.screen import ScreenSettings, is_terminal, wants_color
from emcli.cli.screen.tables import count, number, table
from emcli.tasks.drift import DriftReport
from emcli.tasks.drift import run as drift
from emcli.tasks.model_rows.products import write_json, write_table, write_text
from emcli.tasks.score import run as score
from emcli.tasks.settings import ScoreSettings

WORDS = {
    "log_likelihood_per_row": "log-likelihood per row",
    "outside": "outside the 99.9 % region",
    "share": "share of",
    "missing": "missing",
    "mean": "mean",
}
PER_CENT = ("outside", "share", "missing")
MOST_LINES = 40  # of columns, on a terminal; the most changed ones


def run(settings: ScoreSettings, screen: ScreenSettings) -> int:
    """Score, and say how many rows; or compare them with those of the fit."""
    if settings.drift:
        return run_drift(settings, screen)
    report = stream(lambda watch: score(settings, watch), RowsPicture("scoring"), "scored", screen, settings.output)
    if settings.json and settings.per_row:
        write_summary(report)
    return 0


def run_drift(settings: ScoreSettings, screen: ScreenSettings) -> int:
    """Write the comparison: a page on a terminal, CSV elsewhere, or JSON."""
    speaker = Speaker(quiet=screen.quiet, color=screen.color)
    with Display(RowsPicture("scoring"), screen) as display:
        report = drift(settings, announcing(speaker, display))
    if settings.json:
        write_json(report.as_dict(), settings.output)
    elif settings.output.output == "-" and is_terminal(sys.stdout):
        lines = page(report, page_width(), wants_color(screen.color, sys.stdout))
        write_text("\n".join(lines) + "\n", settings.output)
    else:
        columns = list(zip(*report.lines(), strict=True))
        write_table(report.HEADER, columns, settings.output, digits=settings.digits)
        speaker.success(*verdict(report))
    speaker.notes(report.notes)
    if screen.verbose:
        speaker.success(f"{report.seconds:.2f} s")
    return 0


def page(report: DriftReport, width: int, styled: bool) -> Iterator[str]:
    """The comparison for a person."""
    rows_of_fit = (report.model.plain.get("fit") or {}).get("n_rows")
    title = f"{report.name}, {count(report.n_rows, 'row')}, beside the rows that {report.model.name} was fitted to"
    title += f" ({rows_of_fit:,})" if isinstance(rows_of_fit, int) else ""
    for line in textwrap.wrap(visible(title), width):
        yield f"{BOLD}{line}{PLAIN}" if styled else line
    yield ""
    rows = [_cells(report, i) for i in shown(report)]
    yield from table(["", "fit", "now", "change", "± se", ""], rows, width, left=(0, 5))
    if len(rows) < len(report.shifts):
        yield f"  and {len(report.shifts) - len(rows)} lines on columns that changed less (--json has them all)"
    yield ""
    for sentence in verdict(report):
        yield from textwrap.wrap(visible(sentence), width)


def shown(report: DriftReport) -> list[int]:
    """Which shifts, by position: all, or of many columns those that changed most for their error."""
    if len(report.shifts) <= MOST_LINES:
        return list(range(len(report.shifts)))

    def size(i: int) -> float:
        one = report.shifts[i]
        return abs(one.change or 0.0) / (one.standard_error or 1e300)

    fixed = [i for i, one in enumerate(report.shifts) if one.measure in ("log_likelihood_per_row", "outside")]
    others = sorted(set(range(len(report.shifts))) - set(fixed), key=size, reverse=True)
    return sorted([*fixed, *others[: MOST_LINES - len(fixed)]])


def _cells(report: DriftReport, i: int) -> list[str]:
    one, of = report.shifts[i], report.of(report.shifts[i])
    name = WORDS[one.measure] if of is None else f"{WORDS[one.measure]} {of}"
    if one.measure in PER_CENT:
        numbers = ["" if value is None else f"{100 * value:.1f} %" for value in (one.fit, one.now)]
        change, error = ("" if value is None else f"{100 * value:{sign}.1f}" for value, sign in _change(report, i))
    else:
        digits = ".4f" if one.measure == "log_likelihood_per_row" else None
        numbers = ["" if v is None else f"{v:{digits}}" if digits else number(v, 5) for v in (one.fit, one.now)]
        change, error = (
            "" if v is None else f"{v:{sign}{digits}}" if digits else f"{v:{sign}.3g}" for v, sign in _change(report, i)
        )
    return [name, *numbers, change, error, "*" if one.notable else ""]


def _change(report: DriftReport, i: int) -> list[tuple[float | None, str]]:
    one = report.shifts[i]
    return [(one.change, "+"), (one.standard_error, "")]


def verdict(report: DriftReport) -> Iterator[str]:
    """What came of it, in a sentence or two."""
    first = report.shifts[0]
    notable = [one for one in report.shifts if one.notable]
    if first.standard_error is None and not notable:
        yield "whether these rows differ from those of the fit cannot be told without a training summary"
    elif not notable:
        yield "no change beyond three standard errors: these rows look like those of the fit"
    else:
        yield (
            f"{count(len(notable), 'change')} beyond three standard errors (*): these rows do not look like those of "
            "the fit"
        )
    if first.expected and first.change is not None and first.expected - first.change > -abs(first.expected):
        yield (
            f"(rows that the model has not seen score about {-first.expected:.2g} lower per row without any drift: "
            f"{report.model.mixture.n_parameters} parameters were fitted)"
        )
