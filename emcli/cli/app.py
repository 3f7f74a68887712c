"""The program: words to settings to a command to an exit code.

Typer reads the words and hands back settings; the command runs after Typer has returned, so that no exception of
ours passes through its handlers.  Every way to end has its exit code here, and this is the one place that catches
exceptions nobody expected.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any

import emcli
from emcli.cli import signals, streams
from emcli.errors import EmcliError, UsageError, WriteError

INTERNAL_ERROR = 70
BROKEN_PIPE = 141  # 128 + SIGPIPE, what a shell shows for a program that the signal has ended
REPORT_TO = "please report it with this line and what you ran; --debug shows where it happened"


def run(words: Sequence[str]) -> int:
    """Do what the words say; returns the exit code and lets only signals pass."""
    if list(words[:1]) in (["--version"], ["-V"]):  # answered before Typer is imported: 15 ms instead of 60
        return _guarded(_print_version, debug=False)
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")  # read when numpy is imported; the engines' own threads do the work
    debug = "--debug" in words or os.environ.get("EMCLI_DEBUG", "") not in ("", "0")
    return _guarded(lambda: _dispatch(words), debug=debug)


def _print_version() -> int:
    print(f"emcli {emcli.__version__}")
    return 0


def _dispatch(words: Sequence[str]) -> int:
    from emcli.cli.parsing import parse

    parsed = parse(words)
    return parsed if isinstance(parsed, int) else parsed.run()


def _guarded(action: Callable[[], int], *, debug: bool) -> int:
    try:
        code = action()
        streams.flush_output()
        return code
    except EmcliError as error:
        return _fail(error, error.exit_code, debug)
    except KeyboardInterrupt:
        return signals.leave(2)
    except MemoryError as error:
        return _fail(_out_of_memory(error), INTERNAL_ERROR, debug)
    except BrokenPipeError:
        streams.abandon_output()
        return BROKEN_PIPE
    except OSError as error:
        return _fail(*_explain(error), debug)
    except Exception as error:
        number = signals.received()
        if number is not None:  # some library has turned our exception into one of its own
            return signals.leave(number)
        what = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        return _fail(EmcliError(f"internal error: {what}", hint=REPORT_TO), INTERNAL_ERROR, debug)


def _explain(error: OSError) -> tuple[EmcliError, int]:
    """An operating system error that no reader or writer has claimed: standard output, or a surprise."""
    if error.filename is None and error.errno in (errno.ENOSPC, errno.EIO, errno.EBADF, errno.EFBIG, errno.EDQUOT):
        streams.abandon_output()
        why = (error.strerror or "write failed").lower()
        return WriteError(f"cannot write: {why}", where="<stdout>"), WriteError.exit_code
    what = error.strerror or str(error)
    return EmcliError(what, where=str(error.filename) if error.filename else None, hint=REPORT_TO), INTERNAL_ERROR


def _out_of_memory(error: MemoryError) -> EmcliError:
    hint = "raise the limit (ulimit -v), use fewer --threads, or choose fewer columns with -c"
    return EmcliError("out of memory", detail=str(error) or None, hint=hint)


def _fail(error: EmcliError, code: int, debug: bool) -> int:
    from emcli.cli.messages import Speaker

    if debug:
        import traceback

        traceback.print_exc(file=sys.stderr)
    Speaker(color=_color_choice()).error(error)
    try:
        streams.flush_output()
    except OSError:
        streams.abandon_output()
    return code


def _color_choice() -> Any:
    """The choice of colours, as far as it can be told when reading the options is what has failed."""
    for place, word in enumerate(sys.argv):
        if word == "--color" and place + 1 < len(sys.argv):
            return sys.argv[place + 1]
        if word.startswith("--color="):
            return word.partition("=")[2]
    return os.environ.get("EMCLI_COLOR") or "auto"


__all__ = ["UsageError", "run"]
