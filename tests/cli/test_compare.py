"""compare: a model beside itself, beside another, on rows that were drawn and on rows that were given."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from processes import IRIS, TWO, Run

TURNED = """\
format: emcli-model/1
family: gaussian
covariance: full
columns: ["y [/z]", x]
components:
  - weight: 0.4
    mean: {x: 3.0, "y [/z]": -20.0}
    covariance: [[2.0, 0.5], [0.5, 1.0]]
  - weight: 0.6
    mean: {x: 0.0, "y [/z]": 1.0}
    covariance: [[2.0, 0.5], [0.5, 1.0]]
"""


def test_a_model_beside_itself_in_another_order_of_columns_and_components(
    emcli: Run, two: Path, tmp_path: Path
) -> None:
    (tmp_path / "turned.yaml").write_text(TURNED, encoding="utf-8")
    found = json.loads(emcli("compare", two, "turned.yaml", "--json").text)
    assert [(pair["a"], pair["b"]) for pair in found["pairs"]] == [(1, 2), (2, 1)]
    for pair in found["pairs"]:
        assert pair["weight_a"] == pair["weight_b"]
        assert list(pair["mean_shift"].values()) == [0.0, 0.0] and list(pair["sd_ratio"].values()) == [1.0, 1.0]
        assert (pair["overlap"], pair["size"], pair["shape"]) == pytest.approx((1.0, 1.0, 1.0))
    rows = found["rows"]
    assert rows["adjusted_rand_index"] == rows["same_cluster"] == 1.0
    assert rows["drawn"] and rows["n_rows"] == 10_000
    assert rows["mean_log_likelihood"]["difference"]["value"] == pytest.approx(0.0, abs=1e-9)
    text = " ".join(emcli("compare", two, "turned.yaml").text.split())
    assert "as it was" in text and "10,000 rows (drawn from A, seed 0)" in text and "index of 1.000" in text


def test_another_number_of_components_on_given_rows(emcli: Run, iris_model: Path, tmp_path: Path) -> None:
    emcli("fit", IRIS, "-k", "2", "--starts", "2", "-q", "-o", "two.yaml")
    found = json.loads(emcli("compare", iris_model, "two.yaml", IRIS, "--json").text)
    assert len(found["pairs"]) == 2 and len(found["only_a"]) == 1 and not found["only_b"]
    assert found["rows"]["n_rows"] == 150 and not found["rows"]["drawn"]
    assert 0.3 < found["rows"]["adjusted_rand_index"] < 0.9
    assert found["rows"]["mean_log_likelihood"]["difference"]["value"] < 0.0


def test_other_columns_are_an_error_that_names_them(emcli: Run, two: Path, iris_model: Path) -> None:
    done = emcli("compare", iris_model, two)
    assert (done.code, done.out) == (65, b"")
    assert "only in" in done.err and "Sepal.Length" in done.err and "hint: " in done.err
    assert emcli("compare", "-", "-", stdin=TWO).code == 2
