"""The door: signals are in hand before anything that takes time is imported."""

from __future__ import annotations

import sys


def main() -> int:
    """Run the command line of this process; returns the exit code."""
    from emcli.cli import signals

    signals.install()
    try:
        from emcli.cli import streams
        from emcli.cli.app import run

        streams.repair()
        return run(sys.argv[1:])
    except signals.Terminated as end:
        return signals.leave(end.signal_number)


if __name__ == "__main__":
    if sys.path and sys.path[0] not in ("", *sys.path[1:]) and not sys.flags.safe_path:
        del sys.path[0]  # python -m puts the working folder first: a numpy.py lying there must not be imported
    sys.exit(main())
