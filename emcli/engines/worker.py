"""The other end of a worker's pipes: reads the rows, then jobs until the pipe closes, and answers each."""

from __future__ import annotations

import os
import pickle
import sys

from emcli.core.rows.engine import Serial
from emcli.core.sweep.jobs import Means
from emcli.engines.workers import perform, stop_at


def main() -> None:
    """Serve jobs from standard input to standard output."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # nothing but answers may reach the pipe
    rows, deadline = pickle.load(sys.stdin.buffer)
    means = Means(Serial, stop_at(deadline, os.getppid()))
    while True:
        try:
            job = pickle.load(sys.stdin.buffer)
        except EOFError:
            return
        pickle.dump(perform(job, rows, means), answers, protocol=pickle.HIGHEST_PROTOCOL)
        answers.flush()
