"""The small files around a task: the settings a command starts from, and a product that is one short text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from emcli.io.output import open_output
from emcli.io.settings_file import read_settings
from emcli.tasks.settings import OutputSettings

__all__ = ["read_settings", "write_json", "write_text"]


def write_text(text: str, output: OutputSettings) -> None:
    """Write a product that fits in one string, in UTF-8."""
    with open_output(output.output, clobber=output.clobber) as out:
        out.write(text.encode("utf-8", errors="backslashreplace"))


def write_json(answer: Mapping[str, Any], output: OutputSettings) -> None:
    """Write one JSON object; numbers at full precision, names as they are."""
    write_text(json.dumps(answer, indent=2, ensure_ascii=False, allow_nan=False) + "\n", output)
