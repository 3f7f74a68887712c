"""A settings file is a flat mapping of known keys; everything else is refused with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from emcli.errors import InputError, UsageError
from emcli.io.models.settings_file import read_settings

KEYS = ("k", "max-iter", "columns", "null", "given")


def settings(folder: Path, text: str) -> dict[str, object]:
    path = folder / "s.yaml"
    path.write_text(text)
    return read_settings(str(path), KEYS)


def test_values_are_texts_as_they_were_typed(tmp_path: Path) -> None:
    text = "k: 03\nmax_iter: 1e3\ncolumns: 2-5  # a comment\nnull: [NA, '', null]\ngiven:\n  - a=1\n"
    with pytest.raises(UsageError, match="null: must be one value or a list"):
        settings(tmp_path, text)
    assert settings(tmp_path, text.replace(", null]", ", 'null']")) == {
        "k": "03",
        "max-iter": "1e3",
        "columns": "2-5",
        "null": ["NA", "", "null"],
        "given": ["a=1"],
    }


@pytest.mark.parametrize("text", ["", "\n", "# nothing\n", "k:\n", "---\n", "null"])
def test_what_is_left_out_is_not_given(tmp_path: Path, text: str) -> None:
    assert settings(tmp_path, text) == {}


@pytest.mark.parametrize(
    ("text", "line", "word"),
    [
        ("k: 3\ncolumn: a\n", 2, "unknown key 'column'"),
        ("k: 3\nk: 4\n", 2, "duplicate key 'k'"),
        ("max-iter: 3\nmax_iter: 4\n", 2, "duplicate key 'max_iter'"),
        ("k: {a: 1}\n", 1, "k: must be one value"),
        ("given: [[a]]\n", 1, "given: must be one value"),
        ("k: !!int 3\n", 1, "tags are not allowed"),
        ("k: [1\n", 2, "not valid YAML"),
        ("- k\n", None, "must be a mapping"),
        ("k = 3\n", None, "must be a mapping"),
    ],
)
def test_mistakes_are_named_with_their_line(tmp_path: Path, text: str, line: int | None, word: str) -> None:
    with pytest.raises(UsageError, match=word) as caught:
        settings(tmp_path, text)
    assert caught.value.where == f"{tmp_path}/s.yaml" + (f":{line}" if line else "")


def test_a_near_key_is_suggested(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        settings(tmp_path, "colums: a\n")
    assert caught.value.hint == "did you mean 'columns'?"


def test_a_missing_file_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        read_settings(str(tmp_path / "nothing"), KEYS)
