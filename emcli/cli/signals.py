"""Signals end the program by unwinding it: temporary files go, the old output stays, the exit code is 128 +
n.

A handler raises Terminated, a SystemExit, so that every `finally` and every context manager runs and nobody
prints a traceback.  Four things could lose it, and each has its answer: code that turns any exception into
another one (`received` remembers the signal, the caller of the program asks), a callback from which no exception
can leave (nothing is said about it), a library that swallows whatever it meets, as some do while they are imported
(a timer raises again where no clean-up is under way), and clean-up that hangs (a second signal after a second of
patience ends the process at once).
"""

from __future__ import annotations

import os
import signal
import sys
import time

TYPE_CHECKING = False  # typing is not imported: see emcli/__init__.py
if TYPE_CHECKING:
    from types import FrameType
    from typing import Any

PATIENCE = 1.0  # seconds: `timeout` and shells send a signal twice in quick succession, a person waits longer
REDELIVERY = 0.05  # seconds

_received: list[tuple[int, float]] = []


class Terminated(SystemExit):
    """The process was asked to end by a signal."""

    def __init__(self, signal_number: int) -> None:
        super().__init__(128 + signal_number)
        self.signal_number = signal_number


def install() -> None:
    """Take over SIGINT, SIGTERM and SIGHUP, except those that the parent process had ignored (nohup, &)."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _terminate)
    signal.signal(signal.SIGALRM, _deliver_again)
    sys.unraisablehook = _unraisable


def received() -> int | None:
    """The first signal that asked the process to end."""
    return _received[0][0] if _received else None


def leave(signal_number: int) -> int:
    """The exit code for a signal.  Threads that still compute are not waited for."""
    try:
        if sys.stderr is not None:
            sys.stderr.flush()
    except (OSError, ValueError):
        pass
    os._exit(128 + signal_number)


def _terminate(number: int, frame: FrameType | None) -> None:
    now = time.monotonic()
    if _received:
        if now - _received[0][1] > PATIENCE:
            os._exit(128 + _received[0][0])
        return
    _received.append((number, now))
    signal.setitimer(signal.ITIMER_REAL, REDELIVERY, REDELIVERY)
    raise Terminated(number)


def _deliver_again(number: int, frame: FrameType | None) -> None:
    if _received and not _unwinding():
        raise Terminated(_received[0][0])


def _unwinding() -> bool:
    """Whether the interrupted code is clean-up on the way out: it handles Terminated, or what was made of it."""
    error = sys.exception()
    while error is not None and not isinstance(error, Terminated):
        error = error.__context__
    return error is not None


def _unraisable(lost: Any) -> None:
    if not isinstance(lost.exc_value, Terminated):  # the timer delivers it again
        sys.__unraisablehook__(lost)
