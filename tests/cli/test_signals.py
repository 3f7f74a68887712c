"""Ctrl-C, kill and a hang-up, from the first milliseconds on: the old file stays, nothing is left, no traceback."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from processes import EMCLI, Run, environment

ENDS = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}


@pytest.mark.parametrize("number", ENDS)
@pytest.mark.parametrize("delay", [0.0, 0.02, 0.04, 0.08, 0.15, 0.3])
def test_a_signal_leaves_the_old_file_and_nothing_else(
    two: Path, tmp_path: Path, number: signal.Signals, delay: float
) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    target = folder / "drawn.csv"
    target.write_text("old\n", encoding="utf-8")
    call = [*EMCLI, "sample", str(two), "-n", "100000000", "-o", str(target)]
    with subprocess.Popen(call, stderr=subprocess.PIPE, env=environment(), start_new_session=True) as process:
        wait_until_caught(process.pid, signal.SIGHUP)
        time.sleep(delay)
        process.send_signal(number)
        _, err = process.communicate(timeout=20)
    assert (process.returncode, err) == (ENDS[number], b"")
    assert target.read_text(encoding="utf-8") == "old\n"
    assert [path.name for path in folder.iterdir()] == ["drawn.csv"]


def wait_until_caught(process: int, number: signal.Signals) -> None:
    """Until the process has a handler for a signal: before that, Python itself is still starting."""
    status = Path(f"/proc/{process}/status")
    for _ in range(10_000):
        caught = re.search(r"^SigCgt:\s*([0-9a-f]+)$", status.read_text(encoding="ascii"), re.MULTILINE)
        if caught and int(caught[1], 16) >> (number - 1) & 1:
            return
        time.sleep(0.001)
    raise AssertionError("no handler was installed")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_before_that_a_signal_ends_python_without_a_word(number: signal.Signals) -> None:
    for delay in (0.0, 0.005, 0.01, 0.015):
        with subprocess.Popen([*EMCLI, "--version"], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL) as process:
            time.sleep(delay)
            process.send_signal(number)
            _, err = process.communicate(timeout=20)
        assert (process.returncode in (-number, ENDS[number], 0), err) == (True, b"")


def test_handlers_are_there_before_anything_that_takes_time_is_imported() -> None:
    script = (
        "import sys; before = set(sys.modules); from emcli.cli import signals; signals.install();"
        "print(*sorted({'typing', 're', 'numpy', 'typer', 'emcli.cli.app'} & (set(sys.modules) - before)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, env=environment(), check=True)
    assert done.stdout.strip() == b""


SWALLOWED = """
import os, signal, time
from emcli.cli import signals
signals.install()
try:
    os.kill(os.getpid(), signal.SIGTERM)
except BaseException:
    pass  # as some libraries do while they are imported
try:
    time.sleep(10)
finally:
    time.sleep(0.3)  # clean-up is left in peace
    print("cleaned up", flush=True)
"""


def test_a_signal_that_a_library_swallows_comes_again_and_spares_the_clean_up() -> None:
    began = time.monotonic()
    done = subprocess.run([sys.executable, "-c", SWALLOWED], capture_output=True, env=environment(), check=False)
    assert (done.returncode, done.stdout, done.stderr) == (143, b"cleaned up\n", b"")
    assert time.monotonic() - began < 5


def test_a_signal_that_the_parent_ignores_stays_ignored(shell: Run, two: Path) -> None:
    done = shell("trap '' INT HUP; emcli sample two.yaml -n 300000 -o o.csv -q & sleep 0.3; kill -INT $!; wait $!")
    assert (done.code, done.err) == (0, "")
