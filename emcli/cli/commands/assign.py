"""emcli assign: rows with labels and probabilities."""

from __future__ import annotations

from emcli.cli.screen.display import RowsPicture
from emcli.cli.screen.rows import stream, write_summary
from emcli.cli.screen.screen import ScreenSettings
from emcli.tasks.assign import run as assign
from emcli.tasks.settings import AssignSettings


def run(settings: AssignSettings, screen: ScreenSettings) -> int:
    """Assign, and say how many rows."""
    report = stream(
        lambda watch: assign(settings, watch), RowsPicture("assigning"), "assigned", screen, settings.output
    )
    if settings.json:
        write_summary(report)
    return 0
