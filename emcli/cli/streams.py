"""Standard input, output and error as they should be found, whatever the parent process left of them.

A closed descriptor is the dangerous case: the next file opened would get its number, and a line meant for
standard output would land in a model file.  A closed descriptor is therefore opened on /dev/null the wrong
way round, so that using it fails as it should and not using it does no harm.
"""

from __future__ import annotations

import os
import sys


def repair() -> None:
    """Occupy closed standard descriptors and make the text streams unable to fail on a character."""
    for descriptor, mode in ((0, os.O_WRONLY), (1, os.O_RDONLY), (2, os.O_WRONLY)):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, mode)  # the lowest free number: this one
    sys.stdin = sys.stdin or open(0, closefd=False)  # noqa: SIM115
    sys.stdout = sys.stdout or open(1, "w", closefd=False)  # noqa: SIM115
    sys.stderr = sys.stderr or open(2, "w", closefd=False)  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def flush_output() -> None:
    """Bring what was written to standard output on its way; BrokenPipeError or OSError if that cannot be."""
    if sys.stdout is not None and not sys.stdout.closed:
        sys.stdout.flush()


def abandon_output() -> None:
    """Let standard output lead nowhere, so that the interpreter's last flush cannot complain."""
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.close(nowhere)
    except OSError:
        pass
