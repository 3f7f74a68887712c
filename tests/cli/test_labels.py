"""fit --labels: a column tells the cluster of some rows."""

from __future__ import annotations

import csv
from pathlib import Path

import yaml
from processes import Run

TABLE = "x,group,y\n" + "".join(
    f"{i % 10 + (50 if i >= 20 else 0)},{('b,2' if i >= 20 else 'a') if i % 5 == 0 else ''},{(i * 7) % 10}\n"
    for i in range(40)
).replace("b,2", '"b,2"')


def test_clusters_are_numbered_as_the_labels_come_and_the_column_is_not_modelled(tmp_path: Path, emcli: Run) -> None:
    (tmp_path / "t.csv").write_text(TABLE)
    done = emcli(
        "fit",
        str(tmp_path / "t.csv"),
        "-k",
        "2",
        "--labels",
        "group",
        "-o",
        str(tmp_path / "m.yaml"),
        "-r",
        str(tmp_path / "r.csv"),
    )
    assert done.code == 0, done.err
    assert "8 of 40 rows labelled: a is cluster 1, b,2 is cluster 2" in done.err
    model = yaml.safe_load((tmp_path / str(tmp_path / "m.yaml")).read_text())
    assert model["columns"] == ["x", "y"]
    assert model["fit"]["settings"]["labels"] == "group"
    with (tmp_path / "r.csv").open() as file:
        clusters = [row["cluster"] for row in csv.DictReader(file)]
    assert clusters == ["1"] * 20 + ["2"] * 20


def test_too_many_labels_are_refused_with_what_to_do(tmp_path: Path, emcli: Run) -> None:
    (tmp_path / "t.csv").write_text(TABLE)
    done = emcli("fit", str(tmp_path / "t.csv"), "-k", "1", "--labels", "group")
    assert done.code == 65
    assert "use -k 2 or more" in done.err


def test_marks_of_missing_cells_are_no_labels(tmp_path: Path, emcli: Run) -> None:
    (tmp_path / "t.csv").write_text(TABLE.replace(",,", ",-,"))
    refused = emcli("fit", str(tmp_path / "t.csv"), "-k", "2", "--labels", "group")
    assert refused.code == 65
    assert "3 different labels" in refused.err
    for marks in ("-", "group:-"):
        done = emcli("fit", str(tmp_path / "t.csv"), "-k", "2", "--labels", "group", "--null", marks)
        assert done.code == 0, done.err
        assert "8 of 40 rows labelled" in done.err


def test_labels_need_a_number_of_components(tmp_path: Path, emcli: Run) -> None:
    (tmp_path / "t.csv").write_text(TABLE)
    done = emcli("fit", str(tmp_path / "t.csv"), "-k", "auto", "--labels", "group")
    assert done.code == 2
    assert "--labels: needs a number of components" in done.err
