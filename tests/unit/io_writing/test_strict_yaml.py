"""The YAML that is accepted is plain data, said once, with YAML 1.2's meaning; so is the JSON."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from emcli.io.models.document import Unreadable
from emcli.io.models.strict_json import parse_json
from emcli.io.models.strict_yaml import parse_yaml, plain_text

LAUGHS = "a: &a [x, x]\n" + "".join(f"{c}: &{c} [*{b}, *{b}]\n" for b, c in zip("abcdefgh", "bcdefghi", strict=True))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yes", "yes"),
        ("on", "on"),
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("1e1", 10.0),
        ("1.5e-3", 1.5e-3),
        (".5", 0.5),
        ("5.", 5.0),
        ("+7", 7),
        ("007", 7),
        ("0x1F", 31),
        ("0o17", 15),
        ("1_000", "1_000"),
        ("12:30:45", "12:30:45"),
        ("2001-01-01", "2001-01-01"),
        ("'1'", "1"),
        ('"true"', "true"),
        ("1e999", float("inf")),
        ("-.inf", float("-inf")),
        ("=", "="),
        ("٣", "٣"),
        ("1" * 5000, "1" * 5000),
    ],
)
def test_a_scalar_means_what_yaml_1_2_says(text: str, value: object) -> None:
    read = parse_yaml(f"x: {text}").value["x"]
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize(
    ("text", "word", "line"),
    [
        ("a: 1\nb: 2\na: 1\n", "duplicate key 'a'", 3),
        ("1: 1\n'1': 2\n", "duplicate key '1'", 2),
        ("a: !!python/object/apply:os.system ['true']", "tags are not allowed: tag:yaml.org", 1),
        ("a: !x 1", "tags are not allowed", 1),
        ("a: !!str 1", "tags are not allowed", 1),
        ("!!map {a: 1}", "tags are not allowed", 1),
        (LAUGHS, "anchors and aliases", 1),
        ("a: 1\nb: *a", "anchors and aliases", 2),
        ("&a b: 1", "anchors and aliases", 1),
        ("a:\n  <<: {b: 1}", "merge keys", 2),
        ("[a]: 1", "key must be a text", 1),
        ("a: 1\n---\nb: 2", "more than one YAML document", 2),
        ("a: [1, 2", "not valid YAML", None),
        ("a: 'b", "not valid YAML", None),
        ("a: b: c", "not valid YAML", 1),
        ("\ta: 1", "not valid YAML", 1),
        ("a: \x07", "not valid YAML", None),
        ("- " * 100_000, "nested more than 20 deep", 1),
        ("[" * 100_000, "nested more than 20 deep", 1),
        ("{a: " * 100_000, "nested more than 20 deep", 1),
    ],
)
def test_what_is_not_plain_data_said_once_is_refused(text: str, word: str, line: int | None) -> None:
    with pytest.raises(Unreadable, match=word) as caught:
        parse_yaml(text)
    assert line is None or caught.value.line == line


def test_twenty_levels_are_accepted() -> None:
    assert parse_yaml("[" * 20 + "]" * 20).value
    assert parse_json("[" * 20 + "]" * 20).value
    for parse in (parse_yaml, parse_json):
        with pytest.raises(Unreadable):
            parse("[" * 21 + "]" * 21)


def test_lines_are_known_for_keys_and_nested_items() -> None:
    lines = parse_yaml("a:\n  - b: 1\n    c d: 2\n  - [3]\n").lines
    assert lines == {"a": 1, "a[0]": 2, "a[0].b": 2, "a[0].'c d'": 3, "a[1]": 4}


def test_settings_keep_their_texts_as_typed() -> None:
    assert parse_yaml("a: 007\nb: [1.50, yes]\nc:\nd: 'null'", plain_text).value == {
        "a": "007",
        "b": ["1.50", "yes"],
        "c": None,
        "d": "null",
    }


def test_the_parser_written_in_python_gives_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "a: {b: [1, 2.5, x], '3': null}\n"
    fast = parse_yaml(text)
    monkeypatch.delattr(yaml, "CSafeLoader")
    assert parse_yaml(text) == fast
    for bad in ("a: [1", "a: \x07", LAUGHS):
        with pytest.raises(Unreadable):
            parse_yaml(bad)


@given(st.text(st.characters(exclude_categories=["Cs"])) | st.text("[]{}:,-?&*!|>'\"#% \na1", max_size=30))
@example("---\n...\n---")
@example("? ")
def test_any_text_is_read_or_refused(text: str) -> None:
    for parse in (parse_yaml, parse_json):
        try:
            parse(text)
        except Unreadable as problem:
            assert problem.message


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ('{"a": 1, "b": 2, "a": 1}', "duplicate key 'a'"),
        ('{"a": NaN}', "NaN is not a finite number"),
        ('{"a": -Infinity}', "-Infinity is not a finite number"),
        ('{"a": ' * 1000, "nested more than 20 deep"),
        ('{"a": 1', "not valid JSON"),
        ("{'a': 1}", "not valid JSON"),
        ('{"a": 1} x', "not valid JSON"),
        ("9" * 5000, "5000 digits"),
    ],
)
def test_json_is_as_strict(text: str, word: str) -> None:
    with pytest.raises(Unreadable, match=word):
        parse_json(text)


def test_brackets_in_json_texts_do_not_count_as_depth() -> None:
    text = '{"a": "' + "[" * 100 + '\\"{{' + '"}'
    assert parse_json(text).value == {"a": "[" * 100 + '"{{'}
