"""explain: a model in sentences and as JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from processes import Run


def test_a_model_is_explained_in_sentences(emcli: Run, iris_model: Path) -> None:
    text = " ".join(emcli("explain", iris_model).text.split())
    assert "3 components in 4 columns" in text
    assert "Petal.Length low (1.46 ± 0.17)" in text and "1 and 3 overlap by 0.12" in text
    assert "Petal.Width 92 %" in text and "2 stands apart from all others" in text
    assert "The number k = 3 was given, not found" in text


def test_the_same_as_json(emcli: Run, iris_model: Path) -> None:
    answer = json.loads(emcli("explain", iris_model, "--json").text)
    assert [component["cluster"] for component in answer["components"]] == [1, 2, 3]
    told = answer["information"]
    assert 0 < told["together"] < told["entropy"] < 1.0987
    assert told["columns"]["Petal.Width"]["alone"] == pytest.approx(0.92, abs=0.01)
    assert told["best"][0]["columns"] == ["Petal.Width"]
    assert {tuple(pair["clusters"]) for pair in answer["pairs"]} == {(1, 2), (1, 3), (2, 3)}
    assert len(answer["cautions"]) >= 3


def test_a_model_without_a_record_says_so(emcli: Run, two: Path) -> None:
    text = " ".join(emcli("explain", two).text.split())
    assert "does not say how the model came about" in text and "y [/z] low" in text
