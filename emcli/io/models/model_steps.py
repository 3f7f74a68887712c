"""The models of a climb, one JSON object a line: each line is a model file of its own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from emcli.errors import BadModel
from emcli.io.models.document import Unreadable, place_name
from emcli.io.models.model_checks import check_model
from emcli.io.models.small_file import read_text, shown_name
from emcli.io.models.strict_json import parse_json
from emcli.io.write.outputs.file_writer import ByteSink


def write_step(model: Mapping[str, Any], out: ByteSink) -> None:
    """Write one more line; ValueError if a number is not finite."""
    out.write(json.dumps(model, ensure_ascii=False, allow_nan=False).encode() + b"\n")


def read_steps(path: str) -> list[dict[str, Any]]:
    """All models, each checked as a model file is; BadModel names the line."""
    name, models = shown_name(path), []
    for number, line in enumerate(read_text(path, BadModel).split("\n"), 1):
        if not line.strip():
            continue
        try:
            document = parse_json(line)
        except Unreadable as error:
            raise BadModel(error.message, where=place_name(name, number)) from error
        models.append(check_model(document, f"{name}:{number}"))
    if not models:
        raise BadModel("holds no models", where=name, hint="emcli fit --trace-models FILE writes such a file")
    return models
