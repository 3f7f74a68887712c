"""The door: signals are in hand before anything that takes time is imported.

Before this module runs there are some milliseconds in which only Python itself can answer: SIGTERM and SIGHUP end
it silently, SIGINT perhaps with a traceback of the interpreter's own modules.
"""

from __future__ import annotations

import os
import sys

INTERRUPTED = 130


def main() -> int:
    """Run the command line of this process; returns the exit code."""
    try:
        from emcli.cli import signals

        signals.install()
    except KeyboardInterrupt:  # before our handler was there
        os._exit(INTERRUPTED)
    try:
        from emcli.process.processor import choose_kernels

        choose_kernels()
        from emcli.cli import streams
        from emcli.cli.app import run

        streams.repair()
        code = run(sys.argv[1:])
    except signals.Terminated as end:
        return signals.leave(end.signal_number)
    number = signals.received()
    return code if number is None else signals.leave(number)


if __name__ == "__main__":
    if sys.path and sys.path[0] not in ("", *sys.path[1:]) and not sys.flags.safe_path:
        del sys.path[0]  # python -m puts the working folder first: a numpy.py lying there must not be imported
    sys.exit(main())
