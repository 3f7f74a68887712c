"""emcli plot: one picture of a model."""

from __future__ import annotations

from emcli.cli.screen.display import Display, RowsPicture
from emcli.cli.screen.messages import Speaker
from emcli.cli.screen.screen import ScreenSettings
from emcli.report.plot import run as plot
from emcli.tasks.model_rows.products import write_json
from emcli.tasks.settings import OutputSettings
from emcli.tasks.settings.pictures import PlotSettings


def run(settings: PlotSettings, screen: ScreenSettings) -> int:
    """Draw, and say what."""
    speaker = Speaker(quiet=screen.quiet, color=screen.color)
    with Display(RowsPicture("reading"), screen) as display:
        report = plot(settings, display)
    where = settings.frames or settings.animate or settings.output.output
    speaker.success(f"{where}: {report.summary['shows']}")
    speaker.notes(report.notes)
    if screen.verbose:
        speaker.success(f"{report.seconds:.2f} s")
    if settings.json:
        write_json(report.summary, OutputSettings())
    return 0
