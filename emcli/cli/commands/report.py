"""emcli report: one page about a model."""

from __future__ import annotations

import sys

from emcli.cli.screen.display import Display, RowsPicture
from emcli.cli.screen.messages import Speaker
from emcli.cli.screen.screen import ScreenSettings, is_terminal
from emcli.errors import UsageError
from emcli.report.page_task import run as report
from emcli.tasks.model_rows.products import write_json
from emcli.tasks.settings import OutputSettings
from emcli.tasks.settings.pictures import ReportSettings


def run(settings: ReportSettings, screen: ScreenSettings) -> int:
    """Write the page, and say so."""
    if settings.output.output == "-" and is_terminal(sys.stdout):
        raise UsageError("a page for a browser would run over the screen", hint="-o report.html")
    speaker = Speaker(quiet=screen.quiet, color=screen.color)
    with Display(RowsPicture("reading"), screen) as display:
        done = report(settings, display)
    if settings.output.output != "-":
        speaker.success(f"{settings.output.output}: open it in a browser")
    speaker.notes(done.notes)
    if screen.verbose:
        speaker.success(f"{done.seconds:.2f} s")
    if settings.json:
        write_json(done.summary, OutputSettings())
    return 0
