"""The table of a sweep while it fills in: covariance models across, numbers of components down."""

from __future__ import annotations

import time
from typing import Any

from emcli.cli.screen.messages import visible
from emcli.cli.screen.tables import count
from emcli.tasks.fitting.scores import Resampled, ScoreRow, SweepBegun, Testing

CELL = 11  # characters of one value
MOST_LINES = 20
VALUES = {"bic": "bic", "aic": "aic", "icl": "icl", "heldout": "heldout_per_row"}


class SweepPicture:
    """What is known of every candidate so far: the value of the criterion, the best one marked."""

    def __init__(self, criterion: str) -> None:
        self._criterion = criterion
        self._begun: SweepBegun | None = None
        self._rows: dict[tuple[str, int], ScoreRow] = {}
        self._last = ""
        self._began = time.monotonic()

    def update(self, event: Any) -> None:
        if isinstance(event, SweepBegun):
            self._begun = event
        elif isinstance(event, ScoreRow):
            self._rows[event.covariance, event.k] = event
        elif isinstance(event, Resampled):
            self._last = f"resampled tables: {event.done} of {event.of}"
        elif isinstance(event, Testing):
            self._last = f"testing {event.k} against {event.larger} components on simulated tables"

    def lines(self, width: int) -> list[tuple[str, str]]:
        begun = self._begun
        if begun is None:
            return [("reading the table", "bold")]
        shown = begun.covariances[: max(1, (width - 6) // (CELL + 1))]
        lines = [(self._summary(begun), "bold")]
        lines.append(("     k " + " ".join(f"{visible(name)[:CELL]:>{CELL}}" for name in shown), ""))
        best = self._best()
        for k in begun.ks[:MOST_LINES]:
            cells = " ".join(f"{self._cell(self._rows.get((name, k)), best):>{CELL}}" for name in shown)
            lines.append((f"{k:>6} {cells}", ""))
        if self._last:
            lines.append((self._last, "bold"))
        return lines

    def _summary(self, begun: SweepBegun) -> str:
        fitted = sum(row.bic is not None or bool(row.reason) for row in self._rows.values())
        judged = sum(row.heldout_per_row is not None for row in self._rows.values())
        total = len(begun.ks) * len(begun.covariances)
        seconds = time.monotonic() - self._began
        return (
            f"{count(begun.table.n_rows, 'row')}: {fitted} of {total} candidates fitted, {judged} judged by "
            f"held-out rows, {seconds:.0f} s; {self._criterion}"
        )

    def _value(self, row: ScoreRow) -> float | None:
        value: float | None = getattr(row, VALUES[self._criterion])
        return value

    def _best(self) -> ScoreRow | None:
        sign = -1.0 if self._criterion == "heldout" else 1.0
        known = [row for row in self._rows.values() if self._value(row) is not None]
        return min(known, key=lambda row: sign * (self._value(row) or 0.0), default=None)

    def _cell(self, row: ScoreRow | None, best: ScoreRow | None) -> str:
        if row is None:
            return "."
        value = self._value(row)
        if value is None:
            return "failed" if row.reason else "..."
        text = f"{value:.4f}" if self._criterion == "heldout" else f"{value:.2f}"
        return f"*{text}" if row is best else text
