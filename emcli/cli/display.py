"""The live display of work in progress, on a terminal only.

It appears when the work has lasted long enough to be wondered about, is redrawn a few times a second by a
thread of rich, and leaves nothing behind.  The task only calls it with what has happened; it never waits for
the screen.
"""

from __future__ import annotations

import sys
import time
from collections import deque
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from emcli.cli.bars import sparkline
from emcli.cli.messages import visible
from emcli.cli.screen import ScreenSettings, wants_color, wants_progress
from emcli.tasks.reports import FitEvent, RowsDone, TableRead

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.live import Live

DELAY = 0.3  # seconds before anything is drawn
REDRAWS = 8  # per second
REMEMBERED = 2000  # log-likelihoods of one start: what a sparkline can show


class Display:
    """Draws `lines()` while the block runs; a subclass-free shell around a picture of the work."""

    def __init__(self, picture: FitPicture | RowsPicture, screen: ScreenSettings) -> None:
        self._picture = picture
        self._color = wants_color(screen.color, sys.stderr)
        self._wanted = wants_progress(screen, sys.stderr)
        self._began = time.monotonic()
        self._live: Live | None = None

    def __call__(self, event: Any) -> None:
        """Take note of what has happened."""
        self._picture.update(event)
        if self._wanted and self._live is None and time.monotonic() - self._began > DELAY:
            self._live = self._start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        live, self._live, self._wanted = self._live, None, False
        if live is not None:
            with suppress(OSError, ValueError):  # the terminal may have gone: the work has not
                live.stop()

    def _start(self) -> Live:
        from rich.console import Console
        from rich.live import Live

        console = Console(
            file=sys.stderr,
            force_terminal=True,
            no_color=not self._color,
            markup=False,
            highlight=False,
            emoji=False,
        )
        live = Live(
            console=console,
            transient=True,
            refresh_per_second=REDRAWS,
            redirect_stdout=False,
            redirect_stderr=False,
            get_renderable=lambda: self._render(console.width),
        )
        live.start()
        return live

    def _render(self, width: int) -> RenderableType:
        from rich.text import Text

        lines = self._picture.lines(width)
        return Text("\n".join(lines), no_wrap=True, overflow="ellipsis")


class FitPicture:
    """Which start a fit is at, how far it has come, and how fast."""

    def __init__(self, n_components: int) -> None:
        self._n_components = n_components
        self._table: TableRead | None = None
        self._last: Any = None
        self._course: deque[float] = deque(maxlen=REMEMBERED)
        self._best = float("-inf")
        self._passes = 0
        self._began = time.monotonic()
        self._polish_began: tuple[float, int] | None = None

    def update(self, event: FitEvent) -> None:
        if isinstance(event, TableRead):
            self._table = event
            self._began = time.monotonic()
            return
        last = self._last
        if last is None or (event.phase, event.start) != (last.phase, last.start):
            self._course.clear()
        if self._polish_began is None and event.phase == "polish":
            self._polish_began = (time.monotonic(), event.start)
        self._course.append(event.log_likelihood)
        self._best = max(self._best, event.log_likelihood)
        self._passes += 1
        self._last = event

    def lines(self, width: int) -> list[str]:
        return [line for line in (self._what(), *self._where(), sparkline(self._course, width - 2)) if line]

    def _what(self) -> str:
        read = self._table
        if read is None:
            return "reading the table"
        columns = ", ".join(visible(name) for name in read.used)
        return f"{self._n_components} components, {read.n_rows:,} rows, {len(read.used)} columns: {columns}"

    def _where(self) -> list[str]:
        event = self._last
        if event is None:
            return []
        rate = self._passes / max(time.monotonic() - self._began, 1e-9)
        parts = [
            f"{event.phase} {event.start}/{event.n_starts}",
            f"iteration {event.iteration}",
            f"log-likelihood {event.log_likelihood:.4f}",
            f"change {event.change:.1e}",
            f"{rate:.3g}/s",
        ]
        return ["  ".join([*parts, *self._left(event)])]

    def _left(self, event: Any) -> list[str]:
        if self._polish_began is None or event.phase != "polish":
            return []
        began, first = self._polish_began
        done = event.start - first
        if done < 1 or event.n_starts <= event.start:
            return []
        seconds = (time.monotonic() - began) / done * (event.n_starts - event.start + 1)
        return [f"about {seconds:.0f} s left"]


class RowsPicture:
    """How many rows have gone through, and how fast."""

    def __init__(self, doing: str, n_rows: int | None = None) -> None:
        self._doing = doing
        self._total = n_rows
        self._done = 0
        self._began = time.monotonic()

    def update(self, event: RowsDone) -> None:
        self._done = event.n_rows

    def lines(self, width: int) -> list[str]:
        rate = self._done / max(time.monotonic() - self._began, 1e-9)
        of = f" of {self._total:,}" if self._total is not None else ""
        left = f", about {(self._total - self._done) / rate:.0f} s left" if self._total is not None and rate else ""
        return [f"{self._doing}: {self._done:,}{of} rows, {rate:,.0f} rows/s{left}"]
