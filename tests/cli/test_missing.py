"""missing: the pattern table, Little's test, columns that never meet."""

from __future__ import annotations

import json

import pytest
from processes import ROOT, Run

AIR = ROOT / "tests" / "oracles" / "reference" / "data" / "airquality.csv"


def test_the_pattern_table_as_csv_and_the_test_beside_it(emcli: Run) -> None:
    done = emcli("missing", AIR)
    lines = done.text.splitlines()
    assert lines[0] == "n_rows,share,n_missing,missing"
    assert [line.split(",", 2)[0] for line in lines[1:]] == ["111", "35", "5", "2"]
    assert lines[4].endswith(',2,"Ozone,Solar.R"')
    assert "chi-squared 35.1" in done.err and "14 degrees of freedom" in done.err
    assert emcli("missing", AIR, "-q").err == ""


def test_everything_as_json(emcli: Run) -> None:
    found = json.loads(emcli("missing", AIR, "--json").text)
    assert found["n_missing_cells"] == 44 and found["columns"]["Ozone"] == 37
    assert found["little"]["statistic"] == pytest.approx(35.106, abs=1e-2)
    assert found["patterns"][3] == {"n_rows": 2, "share": 2 / 153, "missing": ["Ozone", "Solar.R"]}
    assert found["never_together"] == []


def test_columns_that_never_meet(emcli: Run) -> None:
    done = emcli("missing", stdin="a,b,c\n1,2,\n2,,5\n3,1,\n4,,2\n7,3,\n1,,1\n")
    assert "never observed together" in done.err and "'b' and 'c'" in done.err


def test_a_complete_table_has_one_pattern_and_no_test(emcli: Run) -> None:
    done = emcli("missing", stdin="a,b\n1,2\n2,5\n3,1\n")
    assert done.text.splitlines()[1:] == ["3,1,0,"]
    assert "Little" not in done.err


def test_a_test_that_cannot_be_made_says_why(emcli: Run) -> None:
    done = emcli("missing", stdin="a,b\n1,2\n2,4\n3,\n4,8\n5,10\n6,12\n")
    assert done.code == 0
    assert "cannot be made" in done.err and "collinear" in done.err
