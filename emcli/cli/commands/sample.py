"""emcli sample: new rows from a model."""

from __future__ import annotations

from emcli.cli.screen.display import RowsPicture
from emcli.cli.screen.rows import stream, write_summary
from emcli.cli.screen.screen import ScreenSettings
from emcli.tasks.sample import run as sample
from emcli.tasks.settings import SampleSettings


def run(settings: SampleSettings, screen: ScreenSettings) -> int:
    """Draw rows, and say how many."""
    picture = RowsPicture("drawing", settings.n_rows)
    report = stream(lambda watch: sample(settings, watch), picture, "drawn", screen, settings.output)
    if settings.json:
        write_summary(report)
    return 0
