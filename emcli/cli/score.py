"""emcli score: the log-likelihood of rows."""

from __future__ import annotations

from emcli.cli.display import RowsPicture
from emcli.cli.rows import stream, write_summary
from emcli.cli.screen import ScreenSettings
from emcli.tasks.score import run as score
from emcli.tasks.settings import ScoreSettings


def run(settings: ScoreSettings, screen: ScreenSettings) -> int:
    """Score, and say how many rows."""
    report = stream(lambda watch: score(settings, watch), RowsPicture("scoring"), "scored", screen, settings.output)
    if settings.json and settings.per_row:
        write_summary(report)
    return 0
