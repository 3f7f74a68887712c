"""What the program says to words it does not understand, and to those that ask for help."""

from __future__ import annotations

import re

import pytest
from processes import Run

import emcli as package
from emcli.cli.words.command_table import COMMANDS


def lines(text: str) -> list[str]:
    return text.rstrip("\n").split("\n")


def test_version_is_one_line(emcli: Run) -> None:
    assert emcli("--version").text == emcli("-V").text == f"emcli {package.__version__}\n"


def test_help_goes_to_standard_output_and_lists_the_commands(emcli: Run) -> None:
    done = emcli("--help")
    assert (done.code, done.err) == (0, "")
    assert all(f"\n  {name}  " in done.text for name in COMMANDS)


def test_no_words_at_all_give_short_help_on_standard_error(emcli: Run) -> None:
    done = emcli()
    assert (done.code, done.out) == (2, b"")
    assert done.err.startswith("Usage: emcli COMMAND")


@pytest.mark.parametrize("columns", ["40", "60", "120", "0", "x"])
def test_help_fits_its_window(emcli: Run, columns: str) -> None:
    text = emcli("fit", "-h", env={"COLUMNS": columns}).text
    width = int(columns) if columns not in ("0", "x") else 80
    examples = text.partition("Examples:")[0]
    assert max(map(len, lines(examples))) <= max(width, 60)
    assert "\x1b" not in text


@pytest.mark.parametrize(
    ("words", "what", "hint"),
    [
        (["fitt"], "no command 'fitt'", "did you mean 'emcli fit'?"),
        (["fit", "--stats", "3"], "emcli fit has no option --stats", "did you mean --starts?"),
        (["fit", "--zzz"], "emcli fit has no option --zzz", "emcli fit --help lists the options"),
        (["fit", "-Z"], "emcli fit has no option -Z", "emcli fit --help lists the options"),
        (["-q", "fit"], "no option -q before the command", "options come after it: emcli fit ..."),
        (["fit", "a.csv", "-k"], "option '-k' requires an argument", "emcli fit --help lists the options"),
        (["fit", "a.csv"], "-k N is needed: number of components (clusters)", "as in -k 3"),
        (["fit", "a.csv", "-k", "three"], "-k: 'three' is not a whole number", "as in -k 3"),
        (["fit", "a.csv", "-k", "1_0"], "-k: '1_0' is not a whole number", "as in -k 3"),
        (["fit", "a.csv", "-k", "0"], "-k: must be at least 1, not 0", ""),
        (["fit", "a.csv", "-k2", "--tol", "nan"], "--tol: 'nan' is not a number", ""),
        (["fit", "a.csv", "-k2", "--tol", "0"], "--tol: must be a number above 0, not 0", ""),
        (["fit", "a.csv", "-k2", "--covariance", "ful"], "--covariance: 'ful' is not one of", "did you mean 'full'?"),
        (["fit", "a.csv", "-k2", "--ragged", "x"], "--ragged: 'x' is not one of error, skip, pad", ""),
        (["fit", "a", "b", "-k2"], "got unexpected extra argument", "emcli fit --help"),
        (["assign"], "MODEL is needed", ""),
        (["assign", "-", "-"], "cannot both come from standard input", ""),
        (["assign", "m.yaml", "r.csv", "--json"], "--json: needs -o FILE", ""),
        (["sample", "m.yaml"], "-n N is needed", ""),
        (["sample", "m.yaml", "-n", "9" * 19], f"--rows: '{'9' * 19}' is too large", ""),
        (["completion", "tcsh"], "SHELL: 'tcsh' is not one of bash, zsh, fish", ""),
    ],
)
def test_wrong_usage_is_an_error_of_few_lines(emcli: Run, words: list[str], what: str, hint: str) -> None:
    done = emcli(*words)
    assert (done.code, done.out) == (2, b"")
    told = lines(done.err)
    assert re.match(r"emcli: error: ", told[0])
    assert what in done.err
    assert hint in done.err
    assert len(told) <= 3


def test_control_characters_and_markup_in_a_message_are_shown_as_text(emcli: Run) -> None:
    done = emcli("show", "[/x]\x1b[31m\nthere.yaml")
    assert done.code == 66
    assert lines(done.err)[0] == r"emcli: error: [/x]\x1b[31m\nthere.yaml: cannot be opened: no such file or directory"


def test_debug_shows_the_traceback(emcli: Run) -> None:
    done = emcli("show", "nowhere.yaml", "--debug")
    assert done.code == 66
    assert "Traceback (most recent call last)" in done.err
    assert lines(done.err)[-1].startswith("emcli: error: nowhere.yaml:")
