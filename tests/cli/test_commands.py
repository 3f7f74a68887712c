"""fit, sample, score, show, columns and completion as processes."""

from __future__ import annotations

import csv
import io
import json
import math
from pathlib import Path

import pytest
from processes import IRIS, Run


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_fit_says_what_it_used_and_left_out(emcli: Run) -> None:
    done = emcli("fit", IRIS, "-k", "2", "--starts", "1", "-o", "m.yaml")
    assert (done.code, done.out) == (0, b"")
    told = done.err.split("\n")
    assert told[0] == "emcli: 150 rows, 4 columns: Sepal.Length, Sepal.Width, Petal.Length, Petal.Width"
    assert "log-likelihood -214.35" in done.err
    assert "emcli: note: columns left out: Species (text)" in told
    assert emcli("fit", IRIS, "-k", "2", "--starts", "1", "-o", "m.yaml", "-q").err == ""


def test_fit_writes_yaml_or_json_as_asked(emcli: Run, tmp_path: Path) -> None:
    words = ["fit", IRIS, "-k", "2", "--starts", "1", "-q"]
    assert emcli(*words).text.startswith("format: emcli-model/1\n")
    model = json.loads(emcli(*words, "--json").text)
    emcli(*words, "-o", "m.json")
    assert json.loads((tmp_path / "m.json").read_text(encoding="utf-8")) == model
    summary = json.loads(emcli(*words, "-o", "m.json", "--json").text)
    assert summary["log_likelihood"] == model["fit"]["log_likelihood"]
    assert summary["columns"] == model["columns"]


def test_not_converged_is_a_warning_and_under_strict_exit_code_3(emcli: Run, tmp_path: Path) -> None:
    words = ["fit", IRIS, "-k", "3", "--starts", "1", "--max-iter", "1", "-o", "m.yaml", "-q"]
    done = emcli(*words)
    assert done.code == 0
    assert done.err.startswith("emcli: warning: not converged")
    assert emcli(*words, "--strict").code == 3
    assert (tmp_path / "m.yaml").exists()


def test_a_dry_run_writes_nothing(emcli: Run, tmp_path: Path) -> None:
    done = emcli("fit", IRIS, "-k", "2", "-o", "m.yaml", "-r", "r.csv", "--dry-run")
    assert done.code == 0
    assert "nothing was fitted" in done.err
    assert list(tmp_path.iterdir()) == []


def test_threads_change_no_byte(emcli: Run) -> None:
    words = ["fit", IRIS, "-k", "3", "--starts", "2", "-q"]
    assert emcli(*words, "--threads", "1").out == emcli(*words, "--threads", "3").out


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["fit", "nowhere.csv", "-k", "2"], 66),
        (["fit", str(IRIS), "-k", "151"], 4),
        (["fit", str(IRIS), "-k", "2", "-o", "no/such/folder/m.yaml"], 73),
        (["fit", str(IRIS), "-k", "2", "-c", "Species"], 65),
        (["show", str(IRIS)], 65),
    ],
)
def test_exit_codes(emcli: Run, words: list[str], code: int) -> None:
    done = emcli(*words)
    assert (done.code, done.out) == (code, b"")
    assert done.err.startswith("emcli: error: ")


def test_samples_are_the_same_bytes_for_a_seed_and_longer_ones_begin_alike(emcli: Run, two: Path) -> None:
    first = emcli("sample", two, "-n", "50", "--seed", "3").out
    assert first == emcli("sample", two, "-n", "50", "--seed", "3").out
    assert first != emcli("sample", two, "-n", "50", "--seed", "4").out
    assert first.count(b"\n") == 51
    assert emcli("sample", two, "-n", "0").text == "x,y [/z]\n"


def test_given_columns_keep_their_value(emcli: Run, two: Path) -> None:
    rows = table(emcli("sample", two, "-n", "30", "--label", "--given", "y [/z]=-20").text)
    assert {row["y [/z]"] for row in rows} == {"-20"}
    assert {row["cluster"] for row in rows} == {"2"}


@pytest.mark.parametrize(
    ("given", "what"),
    [
        ("x", "'x' is not COL=VALUE"),
        ("x=1_0", "'1_0' is not a number"),
        ("x=nan", "'nan' is not a number"),
        ("X=1", "the model has no column named 'X'"),
    ],
)
def test_a_wrong_condition_is_a_usage_error(emcli: Run, two: Path, given: str, what: str) -> None:
    done = emcli("sample", two, "-n", "1", "--given", given)
    assert done.code == 2
    assert done.err.startswith("emcli: error: --given: ")
    assert what in done.err


def test_score_adds_up_its_rows(emcli: Run, iris_model: Path) -> None:
    (total,) = table(emcli("score", iris_model, IRIS).text)
    each = [float(row["log_density"]) for row in table(emcli("score", iris_model, IRIS, "--per-row").text)]
    assert len(each) == int(total["n_rows"]) == 150
    assert float(total["log_likelihood"]) == pytest.approx(math.fsum(each), abs=1e-9)
    assert float(total["mean_log_likelihood"]) == pytest.approx(math.fsum(each) / 150, abs=1e-12)
    answer = json.loads(emcli("score", iris_model, IRIS, "--json").text)
    assert answer["log_likelihood"] == float(total["log_likelihood"])


def test_score_counts_rows_by_their_weights(emcli: Run, two: Path) -> None:
    twice = emcli("score", two, stdin="x,y [/z]\n0,1\n0,1\n3,-20\n").text
    weighted = emcli("score", two, "--weights", "w", stdin="x,y [/z],w\n0,1,2\n3,-20,1\n").text
    assert float(table(weighted)[0]["log_likelihood"]) == pytest.approx(float(table(twice)[0]["log_likelihood"]))
    assert float(table(weighted)[0]["mean_log_likelihood"]) == pytest.approx(
        float(table(twice)[0]["mean_log_likelihood"])
    )


def test_show_tells_a_model_in_words_and_as_data(emcli: Run, iris_model: Path) -> None:
    text = emcli("show", iris_model).text
    assert "3 components in 4 columns, gaussian, covariance full" in " ".join(text.split())
    assert "Petal.Length low" in text
    assert max(map(len, text.split("\n"))) <= 100
    answer = json.loads(emcli("show", iris_model, "--json").text)
    assert [component["cluster"] for component in answer["components"]] == [1, 2, 3]
    rows = table(emcli("show", iris_model, "--csv").text)
    assert len(rows) == 12
    assert float(rows[0]["mean"]) == answer["components"][0]["mean"]["Sepal.Length"]


def test_show_takes_markup_in_names_as_text(emcli: Run, two: Path) -> None:
    assert "y [/z]" in emcli("show", two, env={"FORCE_COLOR": "1"}).text


def test_columns_says_what_would_be_used_and_why(emcli: Run) -> None:
    rows = table(emcli("columns", stdin="id,a,b,c\n1,x,5,2\n2,y,5,\n3,z,5,4\n").text)
    assert [(row["name"], row["kind"], row["used"], row["why"]) for row in rows] == [
        ("id", "number", "true", "number"),
        ("a", "text", "false", "text"),
        ("b", "number", "false", "constant"),
        ("c", "number", "true", "number"),
    ]
    assert rows[3]["missing"] == "1"
    answer = json.loads(emcli("columns", "--json", "-x", "id", stdin="id,a\n1,2\n2,3\n").text)
    assert (answer["n_rows"], answer["columns"][0]["why"]) == (2, "excluded")


COMPLETE = """
eval "$(emcli completion bash)"
COMP_WORDS=({words} '{last}'); COMP_CWORD={n}
_emcli_completion emcli; printf '%s\\n' "${{COMPREPLY[@]}}"
"""


@pytest.mark.parametrize(
    ("words", "last", "offered"),
    [
        ("emcli", "sh", ["show"]),
        ("emcli fit", "--max", ["--max-iter"]),
        ("emcli fit x.csv --covariance", "t", ["tied"]),
        ("emcli completion", "", ["bash", "zsh", "fish"]),
    ],
)
def test_completion_of_bash(shell: Run, words: str, last: str, offered: list[str]) -> None:
    done = shell(COMPLETE.format(words=words, last=last, n=len(words.split())))
    assert done.text.split() == offered, done.err


@pytest.mark.parametrize("name", ["bash", "zsh", "fish"])
def test_every_shell_has_a_script(emcli: Run, name: str) -> None:
    done = emcli("completion", name)
    assert done.code == 0
    assert "_EMCLI_COMPLETE" in done.text
