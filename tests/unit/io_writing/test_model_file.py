"""A model file is read back to the last bit, by emcli and by anybody else's YAML or JSON reader."""

from __future__ import annotations

import io
import json
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given

from emcli.errors import BadData, BadModel, InputError
from emcli.io.models.model_file import Form, model_form, read_model, write_model
from emcli.io.models.strict_json import parse_json
from emcli.io.models.strict_yaml import parse_yaml

from .models import diagonal_models, full_model


def written(model: dict[str, Any], form: Form = "yaml") -> str:
    out = io.BytesIO()
    write_model(model, out, form=form)
    return out.getvalue().decode()


def identical(one: Any, other: Any) -> bool:
    """Equal in value, type and the last bit, with keys in the same order."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return list(one) == list(other) and all(identical(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(identical, one, other))
    if isinstance(one, float):
        return struct.pack("<d", one) == struct.pack("<d", other)
    return bool(one == other)


@given(diagonal_models())
def test_any_names_and_doubles_survive_yaml_in_our_reader_and_in_pyyaml(model: dict[str, Any]) -> None:
    text = written(model)
    assert identical(parse_yaml(text).value, model)
    assert identical(yaml.safe_load(text), model)
    assert identical(yaml.load(text, Loader=yaml.CSafeLoader), model)


@given(diagonal_models())
def test_any_names_and_doubles_survive_json(model: dict[str, Any]) -> None:
    text = written(model, "json")
    assert identical(parse_json(text).value, model)
    assert identical(json.loads(text), model)


@pytest.mark.parametrize("name", ["m.yaml", "m.yml", "m.json", "m", "m.json.gz", "m.yaml.zst"])
def test_a_file_is_read_back_to_the_same_model(tmp_path: Path, name: str) -> None:
    from emcli.io.write.outputs.output import open_output

    path = str(tmp_path / name)
    with open_output(path) as out:
        write_model(full_model(), out, form=model_form(path))
    assert identical(read_model(path), full_model())


def test_the_layout_is_the_documented_one() -> None:
    assert written(full_model()) == (
        "format: emcli-model/1\n"
        "family: gaussian\n"
        "covariance: full\n"
        "columns: [height, weight]\n"
        "components:                          # in canonical order: decreasing weight\n"
        "  - weight: 0.75\n"
        "    mean: {height: 170.5, weight: 70.0}\n"
        "    covariance: [[50.0, 20.0], [20.0, 90.0]]\n"
        "  - weight: 0.25\n"
        "    mean: {height: 1.0e-09, weight: -0.0}\n"
        "    covariance: [[1.0e-18, 0.0], [0.0, 1.0e+18]]\n"
        "fit:\n"
        "  n_rows: 150\n"
        "  log_likelihood: -180.1855          # total, natural log, observed data\n"
        "  starts: {tried: 10}\n"
        "  seed: 0\n"
        "  emcli: 0.1.0\n"
    )


def test_long_rows_of_a_matrix_stand_one_below_the_other() -> None:
    model = full_model()
    model["columns"] = [f"column_{i}" for i in range(9)]
    model["components"] = [
        {
            "weight": 1.0,
            "mean": {name: 1 / 3 for name in model["columns"]},
            "covariance": [[1.0 if i == j else 1e-5 / 3 for i in range(9)] for j in range(9)],
        }
    ]
    text = written(model)
    rows = text[text.index("covariance: [[") :].splitlines()[:9]
    assert all(row.startswith(" " * 17 + "[") for row in rows[1:])
    assert identical(yaml.safe_load(text), model)


@pytest.mark.parametrize("form", ["yaml", "json"])
@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_number_that_is_not_finite_is_never_written(form: Form, value: float) -> None:
    model = full_model()
    model["components"][0]["mean"]["height"] = value
    out = io.BytesIO()
    with pytest.raises(ValueError, match=r"written|JSON compliant"):
        write_model(model, out, form=form)
    assert out.getvalue() == b""


def test_the_form_follows_the_name() -> None:
    names = {"m.json": "json", "M.JSON": "json", "m.json.gz": "json", "m.yaml": "yaml", "json": "yaml"}
    assert {name: model_form(name) for name in [*names, "m.json.txt"]} == {**names, "m.json.txt": "yaml"}


def test_standard_input_is_read() -> None:
    code = "from emcli.io.models.model_file import read_model; print(read_model('-')['columns'])"
    for form in ("yaml", "json"):
        done = subprocess.run(
            [sys.executable, "-c", code],
            input=written(full_model(), form),  # type: ignore[arg-type]
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.stdout == "['height', 'weight']\n"


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    for path in (tmp_path / "nothing.yaml", tmp_path):
        with pytest.raises(InputError) as caught:
            read_model(str(path))
        assert caught.value.where == str(path)


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "empty"),
        (b" \n\n", "empty"),
        (b"# only a comment\n", "empty"),
        (b"\xff\xfe\xfd", "not text"),
        (b"- 1\n- 2\n", "a list"),
        (b"just words", "'just words'"),
        (b"[" * 100_000, "nested more than"),
        (b"{" * 100_000, "nested more than"),
        (b"schema: x\nk: 2\n", "no key 'format'"),
        (b'{"format": NaN}', "NaN"),
    ],
)
def test_what_is_no_model_is_refused_by_name(tmp_path: Path, content: bytes, word: str) -> None:
    path = tmp_path / "m.model"
    path.write_bytes(content)
    with pytest.raises(BadModel, match=word) as caught:
        read_model(str(path))
    assert str(caught.value.where).startswith(str(path))


def test_a_model_cut_short_anywhere_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "m.yaml"
    yaml_text = written(full_model())
    before_the_record = yaml_text.index("fit:")
    inside_the_last_value = yaml_text.index("0.1.0")
    for form, text in (("yaml", yaml_text), ("json", written(full_model(), "json"))):
        for end in range(len(text.rstrip())):
            path.write_text(text[:end])
            try:
                model = read_model(str(path))
            except BadModel:
                continue
            assert form == "yaml"
            assert end in (before_the_record - 1, before_the_record) or end > inside_the_last_value
            assert model["components"] == full_model()["components"]  # the mixture is whole


def test_a_damaged_archive_is_refused(tmp_path: Path) -> None:
    import gzip

    path = tmp_path / "m.yaml.gz"
    path.write_bytes(gzip.compress(written(full_model()).encode())[:-20])
    with pytest.raises(BadData, match="truncated"):
        read_model(str(path))


def test_a_file_beyond_the_limit_is_refused_early(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from emcli.io.models import small_file

    monkeypatch.setattr(small_file, "LIMIT", 100)
    path = tmp_path / "m.yaml"
    path.write_text(written(full_model()))
    with pytest.raises(BadModel, match="is larger than"):
        read_model(str(path))
