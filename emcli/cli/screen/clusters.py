"""What is said of a cluster before it begins: who does the work, and where to watch it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from emcli.cli.screen.messages import Speaker
from emcli.cli.screen.tables import count
from emcli.tasks.model_rows.reports import ClusterFound


def announcing(speaker: Speaker, display: Callable[[Any], None]) -> Callable[[Any], None]:
    """A watcher that says once whose workers these are, and passes everything on to the display."""

    def hear(event: Any) -> None:
        if isinstance(event, ClusterFound):
            link = f"; dashboard: {event.dashboard}" if event.dashboard else ""
            speaker.success(f"{count(event.n_workers, 'worker')} of {event.scheduler}{link}")
        display(event)

    return hear
