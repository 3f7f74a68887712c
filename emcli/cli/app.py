"""The program: words to settings to a command to an exit code.

Typer reads the words and hands back settings; the command runs after Typer has returned, so that no exception
of ours passes through its handlers.  Every way to end has its exit code here, and this is the one place that
catches exceptions nobody expected.
"""

from __future__ import annotations

import errno
import os
import signal
import sys
import warnings
from collections.abc import Callable, Sequence

import emcli
from emcli.cli import signals, streams
from emcli.errors import EmcliError, OutOfMemory, WriteError
from emcli.tasks.model_rows import memory

BROKEN_PIPE = 141  # 128 + SIGPIPE, what a shell shows for a program that the signal has ended
NOWHERE_TO_WRITE = (errno.ENOSPC, errno.EIO, errno.EBADF, errno.EFBIG, errno.EDQUOT)
REPORT_TO = "please report it with this line and what you ran; --debug shows where it happened"


def run(words: Sequence[str]) -> int:
    """Do what the words say; returns the exit code and lets only signals pass."""
    if list(words[:1]) in (["--version"], ["-V"]):  # answered before Typer is imported: 15 ms instead of 60
        return _guarded(_print_version, debug=False)
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")  # read when numpy is imported; the engines' own threads do the work
    debug = "--debug" in words or os.environ.get("EMCLI_DEBUG", "") not in ("", "0")
    if not debug and not sys.warnoptions:
        warnings.simplefilter("ignore")  # Python's warnings speak to programmers; ours are in the reports
    return _guarded(lambda: _dispatch(words), debug=debug)


def _print_version() -> int:
    print(f"emcli {emcli.__version__}")
    return 0


def _dispatch(words: Sequence[str]) -> int:
    from emcli.cli.words.parsing import parse

    parsed = parse(words)
    if isinstance(parsed, int):
        return parsed
    memory.prepare()
    return parsed.run()


def _guarded(action: Callable[[], int], *, debug: bool) -> int:
    try:
        code = action()
        streams.flush_output()
        return code
    except (Exception, KeyboardInterrupt) as error:
        return _ended_by(error, debug)


def _ended_by(error: BaseException, debug: bool) -> int:
    number = signals.received()  # some library may have turned our exception into one of its own
    if number is not None or isinstance(error, KeyboardInterrupt):
        return signals.leave(number or signal.SIGINT)
    if isinstance(error, BrokenPipeError):
        streams.abandon_output()
        return BROKEN_PIPE
    if debug:
        import traceback

        traceback.print_exception(error, file=sys.stderr)
    told = _told(error)
    code = _fail(told)
    if isinstance(told, OutOfMemory):
        os._exit(code)  # an orderly end would need memory again
    return code


def _told(error: BaseException) -> EmcliError:
    """The error as a user should read it; its class has the exit code."""
    if isinstance(error, EmcliError):
        return error
    if isinstance(error, MemoryError) or (_starved(error) and memory.is_limited()):
        return memory.exhausted()
    if isinstance(error, OSError) and error.filename is None and error.errno in NOWHERE_TO_WRITE:
        why = (error.strerror or "write failed").lower()
        return WriteError(f"cannot write: {why}", where="<stdout>")
    if isinstance(error, OSError):
        where = str(error.filename) if error.filename else None
        return EmcliError(error.strerror or str(error), where=where, hint=REPORT_TO)
    what = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return EmcliError(f"internal error: {what}", hint=REPORT_TO)


def _starved(error: BaseException) -> bool:
    """A library that could not be loaded or a thread that could not be started: under a limit, for lack of room."""
    return isinstance(error, ImportError) or (isinstance(error, RuntimeError) and "start new thread" in str(error))


def _fail(error: EmcliError) -> int:
    from emcli.cli.screen.messages import Speaker

    Speaker(color=_color_choice()).error(error)
    try:
        streams.flush_output()
    except OSError:
        streams.abandon_output()
    return error.exit_code


def _color_choice() -> str:
    """The choice of colours, as far as it can be told when reading the options is what has failed."""
    for place, word in enumerate(sys.argv):
        if word == "--color" and place + 1 < len(sys.argv):
            return sys.argv[place + 1]
        if word.startswith("--color="):
            return word.partition("=")[2]
    return os.environ.get("EMCLI_COLOR") or "auto"
