"""score --drift: the rows of the fit themselves, moved rows, and model files without a training summary."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from processes import IRIS, ROWS, Run

from emcli.cli.commands.score import page
from emcli.tasks.drift import run as drift
from emcli.tasks.settings import ScoreSettings


def test_the_rows_of_the_fit_have_not_moved(emcli: Run, iris_model: Path) -> None:
    found = json.loads(emcli("score", iris_model, IRIS, "--drift", "--json").text)
    assert found["n_notable"] == 0 and found["log_likelihood_per_row"]["change"] == pytest.approx(0.0, abs=1e-12)
    assert found["log_likelihood_per_row"]["expected"] == pytest.approx(-44 / 150)
    weights = json.loads(emcli("show", iris_model, "--json").text)["components"]
    for share, component in zip(found["shares"], weights, strict=True):
        assert share["change"] == pytest.approx(0.0, abs=1e-12)
        assert share["fit"] == pytest.approx(component["weight"], abs=1e-5)
    assert found["columns"]["Petal.Width"]["mean"]["now"] == pytest.approx(1.19933, abs=1e-5)


def test_moved_rows_are_found(emcli: Run, iris_model: Path) -> None:
    lines = IRIS.read_text(encoding="utf-8").splitlines()
    moved = "\n".join([lines[0], *(f"{float(line.split(',')[0]) + 2},{line.partition(',')[2]}" for line in lines[1:])])
    done = emcli("score", iris_model, "--drift", stdin=moved + "\n")
    rows = list(csv.DictReader(io.StringIO(done.text)))
    assert {(row["measure"], row["of"]) for row in rows if row["notable"] == "true"} >= {
        ("log_likelihood_per_row", ""),
        ("outside", ""),
        ("mean", "Sepal.Length"),
    }
    assert "do not look like those of the fit" in done.err
    assert emcli("score", iris_model, IRIS, "--drift", "--per-row").code == 2


def test_a_person_reads_a_table_and_a_verdict(iris_model: Path, tmp_path: Path) -> None:
    (tmp_path / "small.csv").write_text("\n".join(IRIS.read_text("utf-8").splitlines()[:51]) + "\n", encoding="utf-8")
    report = drift(ScoreSettings(model=str(iris_model), input=str(tmp_path / "small.csv"), drift=True))
    lines = list(page(report, 90, styled=False))
    assert all(len(line) <= 90 for line in lines)
    text = " ".join(" ".join(lines).split())
    assert "share of 2 33.3 % 100.0 % +66.7" in text and "do not look like those of the fit" in text
    assert "score about 0.29 lower per row without any drift: 44 parameters" not in text  # they score higher
    assert any(line.rstrip().endswith("*") and "Petal.Length" in line for line in lines)


def test_a_file_without_a_summary_gives_what_it_can(emcli: Run, two: Path) -> None:
    done = emcli("score", two, "--drift", stdin=ROWS)
    rows = {(row["measure"], row["of"]): row for row in csv.DictReader(io.StringIO(done.text))}
    assert done.code == 0 and "no training summary" in done.err
    assert rows["log_likelihood_per_row", ""]["fit"] == "" != rows["log_likelihood_per_row", ""]["now"]
    assert rows["share", "1"]["fit"] == "0.6" and rows["missing", "y [/z]"]["now"].startswith("0.33")


def test_a_summary_that_was_edited_wrongly_is_an_error_that_names_the_key(
    emcli: Run, iris_model: Path, tmp_path: Path
) -> None:
    text = iris_model.read_text(encoding="utf-8")
    (tmp_path / "m.yaml").write_text(text.replace("shares: [", "shares: [0.5, "), encoding="utf-8")
    done = emcli("score", "m.yaml", IRIS, "--drift")
    assert done.code == 65 and "m.yaml: fit.training.shares: must be a list of 3 numbers" in done.err
