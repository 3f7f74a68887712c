"""sample: model file in, new rows out."""

from __future__ import annotations

import time
from difflib import get_close_matches

import numpy as np

from emcli.core.complete.sampling import Sampler
from emcli.core.passes.evaluation import Evaluator
from emcli.errors import UsageError
from emcli.io.printable import name_list
from emcli.io.write.outputs.output import check_output, open_output, refuse_same_file
from emcli.io.write.sinks.row_sink import new_table
from emcli.tasks.model_rows.models import Model, load_model
from emcli.tasks.model_rows.reports import RowsDone, RowsReport, RowsWatch
from emcli.tasks.settings import SampleSettings

BLOCK = 1 << 16
"""Rows drawn at once; every block has a generator of its own, so the size is part of what a seed means."""


def run(settings: SampleSettings, watch: RowsWatch | None = None) -> RowsReport:
    """Draw rows block by block and write them."""
    began = time.monotonic()
    output = settings.output
    check_output(output.output, output.clobber)
    refuse_same_file({"the output": output.output}, {"the model": settings.model})
    model = load_model(settings.model)
    given = conditions(settings.given, model.columns)
    _check_reach(given, model)
    sampler = Sampler(model.mixture, given)
    header = [*model.columns, *(["cluster"] if settings.label else [])]
    if settings.label and "cluster" in model.columns:
        raise UsageError("the model already has a column named 'cluster'", where="--label")
    with open_output(output.output, clobber=output.clobber) as out:
        sink = new_table(out, header, digits=settings.digits)
        for block, first in enumerate(range(0, settings.n_rows, BLOCK)):
            rng = np.random.default_rng(np.random.SeedSequence(settings.seed, spawn_key=(block,)))
            n_rows = min(BLOCK, settings.n_rows - first)
            values, labels = sampler.draw(n_rows, rng)
            sink.write_rows([*values.T, *([labels + 1] if settings.label else [])])
            if watch is not None:
                watch(RowsDone(first + n_rows))
    return RowsReport(
        n_rows=settings.n_rows,
        summary={"model": model.name, "columns": model.columns, "seed": settings.seed},
        seconds=time.monotonic() - began,
    )


def conditions(given: tuple[str, ...], columns: list[str]) -> dict[int, float]:
    """--given COL=VALUE as column positions and values."""
    found: dict[int, float] = {}
    for text in given:
        name, equals, value = text.rpartition("=")
        if not equals:
            raise UsageError(f"'{text}' is not COL=VALUE", where="--given")
        if name not in columns:
            near = get_close_matches(name, columns, n=1)
            raise UsageError(
                f"the model has no column named '{name}'",
                where="--given",
                detail=f"columns: {name_list(columns)}",
                hint=f"did you mean '{near[0]}'?" if near else None,
            )
        if columns.index(name) in found:
            raise UsageError(f"column '{name}' is given twice", where="--given")
        found[columns.index(name)] = _number(value, text)
    return found


def _check_reach(given: dict[int, float], model: Model) -> None:
    """UsageError if the conditions are so far out that the components cannot be told apart there."""
    row = np.full((1, len(model.columns)), np.nan)
    row[0, list(given)] = list(given.values())
    if not np.isfinite(Evaluator(model.mixture)(row).log_density).all():
        raise UsageError("these values are so far from the model that no rows can be drawn", where="--given")


def _number(value: str, text: str) -> float:
    try:
        number = float(value) if value.isascii() and "_" not in value else np.nan
    except ValueError:
        number = np.nan
    if not np.isfinite(number):
        raise UsageError(f"'{text}': '{value}' is not a number", where="--given")
    return number
