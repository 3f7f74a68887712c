"""Model files of factor analysers: loadings and noise by column, checked like everything a person may have edited."""

from __future__ import annotations

import copy
import io
from pathlib import Path
from typing import Any

import pytest

from emcli.errors import BadModel
from emcli.io.models.model_file import Form, read_model, write_model

MODEL: dict[str, Any] = {
    "format": "emcli-model/1",
    "family": "gaussian",
    "covariance": "factor:2",
    "columns": ["height", "a: b"],
    "components": [
        {
            "weight": 1.0,
            "mean": {"height": 170.5, "a: b": -0.1},
            "loadings": {"height": [0.1, -0.3], "a: b": [1e-300, 2.5]},
            "noise": {"height": 1e-9, "a: b": 0.2},
        }
    ],
    "fit": {"emcli": "0.1.0"},
}


def saved(model: dict[str, Any], folder: Path, form: Form) -> str:
    out = io.BytesIO()
    write_model(model, out, form=form)  # type: ignore[arg-type]
    path = folder / f"model.{form}"
    path.write_bytes(out.getvalue())
    return str(path)


@pytest.mark.parametrize("form", ["yaml", "json"])
def test_a_factor_model_is_read_back_as_it_was_written(form: Form, tmp_path: Path) -> None:
    assert read_model(saved(MODEL, tmp_path, form)) == MODEL


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("loadings", {"height": [0.1], "a: b": [1.0, 2.0]}, "must be a list of 2 loadings"),
        ("loadings", {"height": [0.1, "x"], "a: b": [1.0, 2.0]}, "x"),
        ("loadings", {"height": [0.1, 0.2]}, "no a: b"),
        ("loadings", [[0.1, 0.2], [0.3, 0.4]], "must map each column"),
        ("noise", {"height": 0.0, "a: b": 0.2}, "not positive"),
        ("noise", {"height": 0.1, "a: b": 0.2, "c": 1.0}, "unknown c"),
    ],
)
def test_a_wrong_entry_is_refused_by_name(key: str, value: object, said: str, tmp_path: Path) -> None:
    model = copy.deepcopy(MODEL)
    model["components"][0][key] = value
    with pytest.raises(BadModel) as error:
        read_model(saved(model, tmp_path, "yaml"))
    assert said in str(error.value)


@pytest.mark.parametrize("name", ["factor:0", "factor:02", "factor:", "factor:two"])
def test_a_name_without_a_number_of_factors_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(BadModel, match="is not known"):
        read_model(saved({**MODEL, "covariance": name}, tmp_path, "yaml"))
