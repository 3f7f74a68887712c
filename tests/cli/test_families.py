"""--noise and --family t from the command line: what is written, read again and refused."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
import yaml
from processes import IRIS, Run

WILD = "1.2,95\n5.5,40\n0.4,20\n9.9,60\n,\n"


@pytest.fixture
def wild(tmp_path: Path) -> Path:
    """Old Faithful with four wild rows and an empty one."""
    (tmp_path / "wild.csv").write_text(
        IRIS.with_name("faithful.csv").read_text(encoding="utf-8") + WILD, encoding="utf-8"
    )
    return tmp_path


def test_wild_rows_are_cluster_0_and_what_is_written_can_be_started_from(emcli: Run, wild: Path) -> None:
    done = emcli("fit", "wild.csv", "-k", "2", "--noise", "-o", "m.yaml", "-r", "rows.csv")
    assert done.code == 0, done.err
    assert "; noise 1.9 %" in done.err
    with (wild / "rows.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert list(rows[0]) == ["eruptions", "waiting", "cluster", "p_1", "p_2", "p_0"]
    assert [row["cluster"] for row in rows[-5:-1]] == ["0"] * 4
    model = yaml.safe_load((wild / "m.yaml").read_text(encoding="utf-8"))
    assert float(rows[-1]["p_0"]) == pytest.approx(model["noise"]["weight"])
    assert model["noise"]["lower"] == {"eruptions": 0.4, "waiting": 20.0}
    again = emcli("fit", "wild.csv", "-k", "2", "--noise", "--init", "rows.csv", "-o", "again.yaml")
    assert again.code == 0, again.err
    there = yaml.safe_load((wild / "again.yaml").read_text(encoding="utf-8"))
    assert there["fit"]["log_likelihood"] == pytest.approx(model["fit"]["log_likelihood"], abs=1e-4)


def test_degrees_of_freedom_are_written_and_a_bound_is_told(emcli: Run, wild: Path) -> None:
    done = emcli("fit", "wild.csv", "-k", "2", "--family", "t", "-o", "t.json")
    assert done.code == 0, done.err
    assert "component 1: degrees of freedom at the upper bound of 1000" in done.err
    shown = emcli("show", "t.json").out.decode()
    assert "degrees of freedom 1000" in shown and "Means ± scales" in shown


def test_bounds_are_refused_where_tails_are_heavy(emcli: Run, wild: Path) -> None:
    done = emcli("impute", "wild.csv", "--family", "t", "--bounds", "waiting=0:")
    assert done.code == 2
    assert "--bounds: cannot be had with family t" in done.err
