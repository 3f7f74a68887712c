"""Read and write model files: one mixture with the record of its fit, as YAML or JSON.

The layout is made for people: components one below the other, means by column name, one matrix row per
line, and a comment where a number needs one.  Floats have as many digits as it takes to read the same
doubles back.  Reading trusts nothing: see `strict_yaml`, `strict_json` and `model_checks`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from emcli.errors import BadModel
from emcli.io.models.document import Document, Unreadable, place_name
from emcli.io.models.json_text import json_text
from emcli.io.models.model_checks import check_model
from emcli.io.models.small_file import read_text, shown_name
from emcli.io.models.yaml_text import block_key, flow
from emcli.io.read.bytes.decompression import EXTENSIONS
from emcli.io.write.outputs.file_writer import ByteSink

Form = Literal["yaml", "json"]

_COMMENTS = {
    "components": "in canonical order: decreasing weight",
    "log_likelihood": "total, natural log, observed data",
    "bic": "-2 L + p log n, lower is better",
    "predicted_gain": "nats still to be had, by Aitken",
}
_COMMENT_COLUMN = 37


def model_form(path: str) -> Form:
    """The form that the name of a model file asks for; YAML unless it ends in .json."""
    stem, extension = os.path.splitext(path.lower())
    return "json" if ".json" in (extension, os.path.splitext(stem)[1] * (extension in EXTENSIONS)) else "yaml"


def read_model(path: str) -> dict[str, Any]:
    """The model in a file, checked field by field; "-" is standard input.

    Raises InputError if the file cannot be read, BadModel (with file, line and key) if it is not a proper
    model.
    """
    text = read_text(path, BadModel)
    name = shown_name(path)
    try:
        document = _parse(text, path)
    except Unreadable as error:
        raise BadModel(error.message, where=place_name(name, error.line)) from error
    return check_model(document, name)


def _parse(text: str, path: str) -> Document:
    start = text.lstrip()[:1]
    if start == "{" or (start and model_form(path) == "json"):
        from emcli.io.models.strict_json import parse_json

        return parse_json(text)
    from emcli.io.models.strict_yaml import parse_yaml

    return parse_yaml(text)


def write_model(model: Mapping[str, Any], out: ByteSink, *, form: Form) -> None:
    """Write a model of plain numbers, texts, lists and mappings; ValueError if a number is not finite."""
    lines = [json_text(model)] if form == "json" else _yaml_lines(model)
    out.write("".join([line + "\n" for line in lines]).encode())


def _yaml_lines(model: Mapping[str, Any]) -> Iterator[str]:
    for name, value in model.items():
        if name == "components":
            yield _commented("components:", name)
            for component in value:
                yield from _yaml_component(component)
        elif isinstance(value, Mapping) and value:
            yield block_key("", name).rstrip()
            for inner, part in value.items():
                yield _yaml_entry("  ", inner, part)
        else:
            yield _yaml_entry("", name, value)


def _yaml_component(component: Mapping[str, Any]) -> Iterator[str]:
    lead = "  - "
    for name, value in component.items():
        yield _yaml_entry(lead, name, value)
        lead = "    "


def _yaml_entry(lead: str, name: str, value: Any) -> str:
    head = block_key(lead, name)
    return _commented(head + flow(value, len(head.rpartition("\n")[2])), name)


def _commented(line: str, name: str) -> str:
    return f"{line:<{_COMMENT_COLUMN - 1}} # {_COMMENTS[name]}" if name in _COMMENTS else line
