"""emcli impute: fill missing cells; with --check, how well that works."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

from emcli.cli.screen.clusters import announcing
from emcli.cli.screen.display import Display, FitPicture, RowsPicture
from emcli.cli.screen.messages import BOLD, PLAIN, Speaker
from emcli.cli.screen.screen import ScreenSettings, is_terminal, wants_color, width_of
from emcli.cli.screen.sweep_picture import SweepPicture
from emcli.cli.screen.tables import count, number, table
from emcli.tasks.impute import ImputeReport
from emcli.tasks.impute import run as impute
from emcli.tasks.imputing.drawing import DrawsDone
from emcli.tasks.imputing.impute_check import CheckReport
from emcli.tasks.imputing.impute_check import run as check
from emcli.tasks.imputing.imputed_tables import stacked
from emcli.tasks.model_rows.products import write_json, write_table, write_text
from emcli.tasks.model_rows.reports import PartsWritten, RowsDone
from emcli.tasks.settings import OutputSettings
from emcli.tasks.settings.impute import ImputeSettings

NOT_CONVERGED = 3


def run(settings: ImputeSettings, screen: ScreenSettings) -> int:
    """Impute or check, and say what came of it."""
    speaker = Speaker(quiet=screen.quiet, color=screen.color)
    with Display(ImputePicture(settings.n_components), screen) as display:
        watch = announcing(speaker, display)
        report = impute(settings, watch) if settings.check is None else check(settings, watch)
    if isinstance(report, CheckReport):
        show_check(report, settings, screen)
    else:
        speaker.success(account(report))
    speaker.notes(report.notes)
    speaker.warnings(report.warnings)
    if screen.verbose:
        speaker.success(f"{report.seconds:.2f} s")
    if isinstance(report, ImputeReport) and settings.json and stacked(settings):
        write_json(report.as_dict(), OutputSettings())
    return NOT_CONVERGED if settings.strict and not report.converged else 0


def account(report: ImputeReport) -> str:
    """One line about what was done."""
    text = f"{count(report.n_rows, 'row')}, {count(report.n_filled, 'missing cell')} filled"
    if report.n_draws:
        text += f" in each of {count(report.n_draws, 'table')}"
    if report.fit:
        k, likelihood = report.fit["n_components"], report.fit["log_likelihood"]
        text += f" by {count(k, 'component')}, log-likelihood {likelihood:.4f}"
    return text


def show_check(report: CheckReport, settings: ImputeSettings, screen: ScreenSettings) -> None:
    """The check as JSON, as a table for a person, or as CSV."""
    if settings.json:
        write_json(report.as_dict(), settings.output)
    elif settings.output.output == "-" and is_terminal(sys.stdout):
        lines = _page(report, wants_color(screen.color, sys.stdout), width_of(sys.stdout))
        write_text("\n".join(lines) + "\n", settings.output)
    else:
        write_table(report.HEADER, [list(column) for column in zip(*report.lines(), strict=True)], settings.output)


def _page(report: CheckReport, styled: bool, width: int) -> Iterator[str]:
    rows = [
        [
            row.column,
            str(row.n_hidden),
            number(row.rmse),
            number(row.mean_fill_rmse),
            f"{100 * (1 - row.rmse / row.mean_fill_rmse):.0f} %" if row.mean_fill_rmse else "",
            f"{100 * row.coverage_90:.0f} %",
        ]
        for row in report.rows
    ]
    header = ["column", "hidden", "error", "of mean fill", "smaller by", "in 90 % interval"]
    first, *others = table(header, rows, width, indent="")
    yield f"{BOLD}{first}{PLAIN}" if styled else first
    yield from others
    yield ""
    yield f"error: root mean square, in the column's units; {100 * report.share:g} % of the known cells were hidden"


class ImputePicture:
    """The fit, then the draws, then the rows written."""

    def __init__(self, n_components: int | None) -> None:
        self._fit: Any = SweepPicture("bic") if n_components is None else FitPicture(n_components)
        self._rows = RowsPicture("filling")
        self._last: Any = None

    def update(self, event: Any) -> None:
        self._last = event
        if isinstance(event, RowsDone | PartsWritten):
            self._rows.update(event)
        elif not isinstance(event, DrawsDone):
            self._fit.update(event)

    def lines(self, width: int) -> list[tuple[str, str]]:
        if isinstance(self._last, RowsDone | PartsWritten):
            return self._rows.lines(width)
        if isinstance(self._last, DrawsDone):
            return [(f"fits to resampled rows: {self._last.done} of {self._last.of}", "bold")]
        lines: list[tuple[str, str]] = self._fit.lines(width)
        return lines
