"""The live display of work in progress, on a terminal only.

It appears when the work has lasted long enough to be wondered about, is redrawn a few times a second by a
thread of rich, and leaves nothing behind.  The task only calls it with what has happened; it never waits for
the screen.
"""

from __future__ import annotations

import sys
import time
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol, Self

from emcli.cli.screen.bars import sparkline
from emcli.cli.screen.messages import visible
from emcli.cli.screen.screen import ScreenSettings, wants_color, wants_progress
from emcli.cli.screen.tables import count
from emcli.tasks.model_rows.reports import (
    ClusterEvent,
    ClusterFound,
    FitEvent,
    PartsDone,
    PartsRead,
    PartsWritten,
    RowsDone,
    RowsRead,
    TableRead,
    Writing,
)

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.live import Live

    from emcli.tasks.model_rows.reports import Progress

DELAY = 0.3  # seconds before anything is drawn
REDRAWS = 8  # per second
REMEMBERED = 2000  # log-likelihoods of one start: what a sparkline can show
RECENT = 64  # iterations that the rate is taken from
WIDEST_LINE = 72  # characters of the sparkline
POLISH = "polish"


class Picture(Protocol):
    """What the display draws: it takes note of events and is lines of text with a style each."""

    def update(self, event: Any) -> None: ...

    def lines(self, width: int) -> list[tuple[str, str]]: ...


class Display:
    """Draws `lines()` while the block runs; a subclass-free shell around a picture of the work."""

    def __init__(self, picture: Picture, screen: ScreenSettings, *, wanted: bool = True) -> None:
        self._picture = picture
        self._color = wants_color(screen.color, sys.stderr)
        self._wanted = wanted and wants_progress(screen, sys.stderr)
        self._began = time.monotonic()
        self._live: Live | None = None

    def __call__(self, event: Any) -> None:
        """Take note of what has happened."""
        if isinstance(event, Writing):
            self.close()
            return
        self._picture.update(event)
        if self._wanted and self._live is None and time.monotonic() - self._began > DELAY:
            self._live = self._start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Take the picture away for good."""
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

        lines = [Text(line, style) for line, style in self._picture.lines(width)]
        return Text("\n", no_wrap=True, overflow="ellipsis").join(lines)


class FitPicture:
    """Which start a fit is at, how far it has come, and how fast."""

    def __init__(self, n_components: int) -> None:
        self._n_components = n_components
        self._n_read = 0
        self._table: TableRead | None = None
        self._parts: PartsRead | None = None
        self._pass: PartsDone | None = None
        self._last: Progress | None = None
        self._course: deque[float] = deque(maxlen=REMEMBERED)
        self._times: deque[float] = deque(maxlen=RECENT)
        self._round = (0.0, 0)  # when this round of starts began, and with which

    def update(self, event: FitEvent) -> None:
        if isinstance(event, RowsRead):
            self._n_read = event.n_rows
            return
        if isinstance(event, TableRead):
            self._table = event
            return
        if isinstance(event, PartsRead):
            self._parts = event
            return
        if isinstance(event, Writing | ClusterFound):
            return
        self._pass = event if isinstance(event, PartsDone) else None
        if isinstance(event, PartsDone):
            return
        last, self._last = self._last, event
        now = time.monotonic()
        if last is None or last.phase != event.phase or event.start < last.start:
            self._round = (now, event.start)
            self._times.clear()
        if last is None or last.start != event.start or event.iteration <= last.iteration:
            self._course.clear()
        self._course.append(event.log_likelihood)
        self._times.append(now)

    def lines(self, width: int) -> list[tuple[str, str]]:
        event = self._last
        lines = [(self._what(), "bold")]
        if event is not None:
            lines.append((", ".join(self._where(event)), ""))
            lines.append((f"log-likelihood {event.log_likelihood:.4f}, change {event.change:.1e}", ""))
            lines.append((sparkline(tuple(self._course), min(width - 1, WIDEST_LINE)), "cyan"))
        return lines

    def _what(self) -> str:
        read = self._table
        if read is None:
            if self._parts is not None:
                return f"reading the table: {self._parts.n_parts:,} of {self._parts.of:,} parts"
            return f"reading the table: {self._n_read:,} rows"
        columns = ", ".join(visible(name) for name in read.used)
        parts = (count(self._n_components, "component"), count(read.n_rows, "row"), count(len(read.used), "column"))
        return f"{', '.join(parts)}: {columns}"

    def _where(self, event: Progress) -> Iterator[str]:
        yield f"start {event.start} of {event.n_starts}" if event.phase == POLISH else "trying short starts"
        yield f"iteration {event.iteration}"
        if len(self._times) > 1:
            rate = (len(self._times) - 1) / max(self._times[-1] - self._times[0], 1e-9)
            yield f"{rate:,.0f} iterations/s" if rate > 1 else f"{1 / rate:,.1f} s per iteration"
        if self._pass is not None:
            yield f"{self._pass.n_parts:,} of {self._pass.of:,} parts of the next"
        began, first = self._round
        done = event.start - first
        if event.phase == POLISH and done > 0 and event.start < event.n_starts:
            seconds = (time.monotonic() - began) / (done + 1) * (event.n_starts - event.start)
            if seconds >= 1:
                yield f"about {seconds:.0f} s left"


class RowsPicture:
    """How many rows have gone through, and how fast."""

    def __init__(self, doing: str, n_rows: int | None = None) -> None:
        self._doing = doing
        self._total = n_rows
        self._done = 0
        self._parts: PartsWritten | None = None
        self._began = time.monotonic()

    def update(self, event: RowsDone | PartsWritten | ClusterEvent) -> None:
        if isinstance(event, PartsWritten):
            self._parts = event
        elif isinstance(event, RowsDone):
            self._done = event.n_rows

    def lines(self, width: int) -> list[tuple[str, str]]:
        if self._parts is not None:
            return [(f"{self._doing}: {self._parts.n_parts:,} of {self._parts.of:,} parts", "")]
        rate = self._done / max(time.monotonic() - self._began, 1e-9)
        of = f" of {self._total:,}" if self._total is not None else ""
        left = f", about {(self._total - self._done) / rate:.0f} s left" if self._total is not None and rate else ""
        return [(f"{self._doing}: {self._done:,}{of} rows, {rate:,.0f} rows/s{left}", "")]
