"""A scheduler and workers as processes of their own, as a user starts them."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

from processes import environment


@contextmanager
def program(*words: object, cwd: Path, path: str = "") -> Iterator[subprocess.Popen[bytes]]:
    """A program of distributed that runs during the block."""
    around = environment(None)
    given = {**around, "PYTHONPATH": os.pathsep.join(filter(None, [path, *sys.path]))}
    command = [sys.executable, "-m", *map(str, words)]
    process = subprocess.Popen(command, cwd=cwd, env=given, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def worker(file: Path, path: str = "") -> AbstractContextManager[subprocess.Popen[bytes]]:
    """A worker for the scheduler that wrote this file."""
    flags = ("--nthreads", 1, "--no-nanny", "--no-dashboard", "--host", "127.0.0.1")
    return program("distributed.cli.dask_worker", "--scheduler-file", file, *flags, cwd=file.parent, path=path)


@contextmanager
def started(folder: Path, protocol: str = "tcp") -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    """A scheduler and its file."""
    file = folder / "scheduler.json"
    flags = ("--protocol", protocol, "--port", 0, "--no-dashboard", "--host", "127.0.0.1", "--no-show")
    with program("distributed.cli.dask_scheduler", "--scheduler-file", file, *flags, cwd=folder) as scheduler:
        wait_until(file.exists)
        yield scheduler, file


@contextmanager
def running(folder: Path) -> Iterator[Path]:
    """The file of a scheduler with two workers."""
    from emcli.engines import dask as engine

    with ExitStack() as stack:
        _, file = stack.enter_context(started(folder))
        for _ in range(2):
            stack.enter_context(worker(file))
        with engine.cluster(None, str(file), 0) as found:
            wait_until(lambda: found.n_workers == 2)
        yield file


def wait_until(holds: Callable[[], bool]) -> None:
    """Return when it holds; an AssertionError after 20 seconds."""
    end = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)
