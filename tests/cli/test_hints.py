"""Every hint of a reader is tried on the input that caused it: the next run gets further."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

import pytest

from emcli.cli.words.parsing import Page, parse
from emcli.errors import EmcliError

EVERYDAY = Path(__file__).parents[1] / "unit" / "io" / "everyday"
MOST_RUNS = 4
OPTION = re.compile(r"(?:^|\s)(--?[A-Za-z][\w-]*(?: (?!\()(?:'[^']*'|\"[^\"]*\"|[^\s,']\S*|,))?)")

TABLES = {
    "two spellings": "a,b,c\n1,2,1\nNA,3,2\n4,x,5\n-,5,6\n6,7,3\n8,6,9\n9,n.a.,1\n3,4,4\n",
    "a mark with a colon": "a,b\n1,12:00\n2,5\n3,6\n4,7\n",
    "a mark with blanks": "a,b\n1,not known\n2,5\n3,6\n4,7\n",
    "a mark with a comma": 'a,b\n1,"n,a"\n2,5\n3,6\n4,7\n',
    "empty as a word": "a,b\n1,empty\n2,5\n3,6\n4,7\n",
    "a name with a blank": "a,net weight,c\n1,3,3\n2,a very long remark that is no mark,6\n3,6,7\n4,7,9\n",
    "a name with a comma": 'a,"net,weight",c\n1,3,3\n2,a very long remark that is no mark,6\n3,6,7\n4,7,9\n',
    "units": "a,b\nm,kg\n1,3\n2,4\n3,7\n",
    "a second header": "a,b,c\nalpha,beta,gamma\n1,3,6\n2,4,5\n3,7,9\n",
    "a footer": "a,b\n1,3\n2,4\n3,7\nsource:,census\n",
    "a sum": "a,b\n1,3\n2,4\n3,7\nTotal,14\n",
    "joined files": "a,b\n1,3\n2,4\na,b\n3,7\n",
    "joined files with marks": "a,b\n1,3\n2,4\n\ufeff3,7\n4,8\n",
    "a preamble of one line": "Measured in May\na,b\n1,3\n2,4\n3,7\n",
    "a preamble with commas": "Report,,\na,b,c\n1,3,6\n2,4,5\n3,7,9\n",
    "a preamble of pairs": "Station,42\nExported,2024-01-05\n\na,b\n1,3\n2,4\n3,7\n",
    "a preamble with a quote": '5" pipes\na,b\n1,3\n2,4\n3,7\n',
    "comments of many cells": "# a,b,c,d\na,b\n1,3\n2,4\n3,7\n",
    "comments in the middle": "a,b\n1,3\n2,4\n# paused\n3,7\n",
    "comments as wide as the table": "a,b\n1,3\n2,4\n# paused,here\n3,7\n",
    "a footer of one cell": "a,b,c\n1,3,6\n2,4,5\n3,7,9\nSource\n",
    "a percent sign too few": "a,b\n1%,3\n2%,4\n5,7\n7%,9\n",
    "a percent sign too many": "a,b\n1,3\n2%,4\n5,7\n7,9\n",
    "another unit": "a\n1 kg\n2 kg\n5 g\n7 kg\n",
    "a minus among parentheses": "a,b\n(1),3\n(2),4\n-5,7\n7,9\n",
    "commas that may be either": "a;b\n1,234;3\n2,345;4\n5,777;7\n7,111;9\n",
    "a comma among points": "a;b\n1.5;3\n2.5;4\n5,7;7\n7.1;9\n",
    "a point among commas": "a;b\n1,5;3\n2,5;4\n5.7;7\n7,1;9\n",
    "no header": "5,1.5\n1,3.5\n2,4.5\n3,7.5\n",
}


def first_error(words: list[str]) -> EmcliError | None:
    try:
        ready = parse(words)
        assert not isinstance(ready, int | Page)
        ready.run()
    except EmcliError as error:
        return error
    return None


def ways(hint: str) -> list[list[str]]:
    """The option words that a hint proposes; a sed script as ["sed", script]."""
    script = re.search(r"sed ('[^']*'|\S+)", hint)
    if script:
        return [["sed", *shlex.split(script[1])]]
    return [shlex.split(found) for found in OPTION.findall(hint)]


def follow(way: list[str], words: list[str]) -> list[str]:
    if way[0] != "sed":
        return [*words, *way]
    path = Path(words[1])
    edited = path.with_name("edited-" + path.name)
    edited.write_bytes(subprocess.run(["sed", way[1], str(path)], capture_output=True, check=True).stdout)
    return [words[0], str(edited), *words[2:]]


def told(error: EmcliError) -> str:
    """What is wrong, and the text it is about; line numbers change when lines are removed."""
    return f"{str(error).partition(': ')[2]} | {(error.detail or '').partition(': ')[2]}"


def follow_all(words: list[str], runs: int, before: list[str]) -> None:
    error = first_error(words)
    if error is None:
        return
    now = told(error)
    assert now not in before, f"{now} | {error.hint} after {before}"
    assert runs, f"no end of hints: {before}, {now}"
    assert error.hint, now
    found = ways(error.hint)
    assert found, f"{now} | {error.hint}"
    for way in found:
        follow_all(follow(way, words), runs - 1, [*before, now])


@pytest.mark.parametrize("what", TABLES)
def test_what_a_hint_says_gets_the_next_run_further(
    what: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "t.csv"
    path.write_text(TABLES[what], encoding="utf-8")
    words = ["fit", str(path), "-k", "1", "--dry-run"]
    assert first_error(words) is not None
    follow_all(words, MOST_RUNS, [])


@pytest.mark.parametrize("path", sorted(EVERYDAY.glob("*.*[vt]")), ids=lambda path: path.name)
def test_everyday_tables_can_be_read_by_following_hints(
    path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = tmp_path / path.name
    copy.write_bytes(path.read_bytes())
    follow_all(["fit", str(copy), "-k", "1", "--dry-run"], MOST_RUNS, [])


def test_all_spellings_that_fail_are_named_at_once() -> None:
    error = first_error(["fit", str(EVERYDAY / "n_less.csv"), "-k", "1", "--dry-run"])
    assert error is not None and error.hint is not None
    assert "--null '<10939.0,<10966.7,<9969.5,<11335.5,<10868.5'" in error.hint


def test_no_hint_leaves_a_column_out_that_a_model_needs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows, model = tmp_path / "rows.csv", tmp_path / "m.yaml"
    rows.write_text("a,b\n1,2\n2,5\n4,3\n7,7\n")
    assert first_error(["fit", str(rows), "-k", "1", "-o", str(model)]) is None
    rows.write_text("a,b\n1,2\n2,x\n4,?\n7,-\n")
    error = first_error(["assign", str(model), str(rows)])
    assert error is not None and error.hint == "treat them as missing with --null x,-"
