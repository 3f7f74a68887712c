"""Products that fit in memory: one text, one JSON object, one small table."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from emcli.io.write.outputs.output import open_output
from emcli.io.write.sinks.row_sink import new_table
from emcli.tasks.settings import OutputSettings


def write_text(text: str, output: OutputSettings) -> None:
    """Write a product that fits in one string, in UTF-8."""
    with open_output(output.output, clobber=output.clobber) as out:
        out.write(text.encode("utf-8", errors="backslashreplace"))


def write_json(answer: Mapping[str, Any], output: OutputSettings) -> None:
    """Write one JSON object; numbers at full precision, names as they are."""
    write_text(json.dumps(answer, indent=2, ensure_ascii=False, allow_nan=False) + "\n", output)


def write_table(
    header: Sequence[str], columns: Sequence[Any], output: OutputSettings, *, digits: int | None = None
) -> None:
    """Write a table that fits in memory, given as columns."""
    with open_output(output.output, clobber=output.clobber) as out:
        new_table(out, header, digits=digits).write_rows(columns)
