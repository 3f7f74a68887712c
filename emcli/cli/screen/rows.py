"""What the commands that stream rows have in common on the screen: the display, the account, the summary."""

from __future__ import annotations

import sys
from collections.abc import Callable

from emcli.cli.screen.clusters import announcing
from emcli.cli.screen.display import Display, RowsPicture
from emcli.cli.screen.messages import Speaker
from emcli.cli.screen.screen import ScreenSettings, is_terminal
from emcli.cli.screen.tables import count
from emcli.tasks.model_rows.products import write_json
from emcli.tasks.model_rows.reports import RowsReport, RowsWatch
from emcli.tasks.settings import OutputSettings

Work = Callable[[RowsWatch], RowsReport]


def stream(work: Work, picture: RowsPicture, done: str, screen: ScreenSettings, output: OutputSettings) -> RowsReport:
    """Run the work under a live display, unless the rows themselves run over the screen; returns its report."""
    speaker = Speaker(quiet=screen.quiet, color=screen.color)
    rows_on_screen = output.output == "-" and is_terminal(sys.stdout)
    with Display(picture, screen, wanted=not rows_on_screen) as display:
        report = work(announcing(speaker, display))
    missing = f", {count(report.n_missing_cells, 'missing cell')}" if report.n_missing_cells else ""
    took = f" in {report.seconds:.2f} s" if screen.verbose else ""
    speaker.success(f"{count(report.n_rows, 'row')} {done}{missing}{took}")
    speaker.notes(report.notes)
    speaker.warnings(report.warnings)
    return report


def write_summary(report: RowsReport) -> None:
    """The summary object of --json, on standard output."""
    counts = {"n_rows": report.n_rows, "n_missing_cells": report.n_missing_cells}
    write_json({**counts, **report.summary, "notes": list(report.notes)}, OutputSettings())
