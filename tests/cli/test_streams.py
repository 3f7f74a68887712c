"""Pipes that close, devices that are full, streams and terminals that are not there."""

from __future__ import annotations

import os
import pty
import subprocess
from pathlib import Path

import pytest
from processes import EMCLI, IRIS, Done, Run, environment

MANY = "2000000"  # rows that take seconds to draw


def test_a_reader_that_has_enough_ends_the_program_silently(shell: Run, two: Path) -> None:
    done = shell(f"emcli sample two.yaml -n {MANY} -q | head -1; echo ${{PIPESTATUS[0]}}")
    assert done.text == "x,y [/z]\n141\n"
    assert done.err == ""


def test_help_into_a_closed_pipe_is_silent(shell: Run) -> None:
    done = shell("emcli fit --help | true; echo ${PIPESTATUS[0]}")
    assert done.text in ("141\n", "0\n")  # 0 if it was written before the reader had gone
    assert done.err == ""


@pytest.mark.parametrize("words", ["sample two.yaml -n 5", "show two.yaml", "--version", "fit --help"])
def test_a_full_device_is_an_error(shell: Run, two: Path, words: str) -> None:
    done = shell(f"emcli {words} > /dev/full")
    assert done.code == 74
    assert done.err.startswith("emcli: error: <stdout>: ")
    assert "No space left" in done.err or "no space left" in done.err


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_streams_harm_no_file(shell: Run, two: Path, tmp_path: Path, closed: str) -> None:
    done = shell(f"emcli sample two.yaml -n 3 -o out.csv {closed}")
    assert done.code == 0
    assert (tmp_path / "out.csv").read_text().count("\n") == 4


def test_a_closed_standard_output_is_no_place_to_write_to(shell: Run, two: Path) -> None:
    done = shell("emcli sample two.yaml -n 3 >&-")
    assert done.code == 73
    assert done.err.startswith("emcli: error: <stdout>: ")


def test_a_closed_standard_input_has_no_rows(shell: Run, two: Path) -> None:
    done = shell("emcli assign two.yaml <&-")
    assert done.code == 66
    assert done.err.startswith("emcli: error: <stdin>: ")


@pytest.mark.parametrize(
    "line",
    ["assign two.yaml rows.csv >> rows.csv", "score two.yaml - < rows.csv 1<> rows.csv", "show two.yaml > two.yaml"],
)
def test_an_input_into_which_standard_output_leads_is_refused(shell: Run, two: Path, rows: Path, line: str) -> None:
    before = rows.read_bytes()
    done = shell(f"emcli {line}")
    assert done.code == 2
    assert "standard output leads into this input" in done.err
    assert rows.read_bytes() == before


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_a_terminal_of_another_encoding_gets_text(emcli: Run, two: Path, encoding: str) -> None:
    assert emcli("show", two, env={"PYTHONIOENCODING": encoding}).out == emcli("show", two).out


def on_terminal(
    words: list[str], folder: Path, *, stdout: int | None = None, env: dict[str, str] | None = None
) -> Done:
    """emcli with a terminal as standard input and error."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*EMCLI, *words],
        stdin=theirs,
        stdout=theirs if stdout is None else stdout,
        stderr=theirs,
        cwd=folder,
        env=environment({"TERM": "xterm-256color", "COLUMNS": "80", **(env or {})}),
        start_new_session=True,
    )
    os.close(theirs)
    told = b""
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:  # the other side is closed
            break
        if not piece:
            break
        told += piece
    os.close(ours)
    return Done(process.wait(timeout=60), b"", told.decode())


def test_a_terminal_without_a_file_gets_short_help(tmp_path: Path) -> None:
    done = on_terminal(["fit", "-k", "3"], tmp_path)
    assert done.code == 2
    assert done.err.startswith("Usage: emcli fit [INPUT] -k N [OPTIONS]\r\n")
    assert "no table: name a file or pipe one in" in done.err


def test_a_person_sees_bars_and_colours_and_a_pipe_does_not(tmp_path: Path, emcli: Run) -> None:
    words = ["fit", str(IRIS), "-k", "2", "--starts", "1", "-o", "m.yaml"]
    seen = on_terminal(words, tmp_path).err
    assert "█" in seen
    assert "\x1b[1m" in seen
    assert "\x1b" not in on_terminal(words, tmp_path, env={"NO_COLOR": "1"}).err
    assert "\x1b" not in on_terminal([*words, "--color", "never"], tmp_path).err
    piped = emcli(*words).err
    assert "\x1b" not in piped
    assert "█" not in piped
    assert "\x1b[1m" in emcli(*words, env={"FORCE_COLOR": "1"}).err


def test_the_live_display_leaves_the_cursor_as_it_was(tmp_path: Path, two: Path) -> None:
    words = ["sample", str(two), "-n", MANY, "-o", "o.csv"]
    seen = on_terminal(words, tmp_path).err
    assert "drawing: " in seen
    assert seen.rindex("\x1b[?25h") > seen.rindex("\x1b[?25l")
    assert "\x1b[?25l" not in on_terminal([*words, "--progress", "never"], tmp_path).err
