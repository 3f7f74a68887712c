"""The training summary in a model file, `fit: training:`: what the rows of the fit looked like to the model.

training:
  rows: 272.0                   rows with something observed, by their weights
  mean_log_likelihood: -4.155   per row, nats, and its spread over rows
  sd_log_likelihood: 1.089
  outside: 0.0037               share of rows outside the 99.9 % region
  shares: [0.644, 0.356]        mean responsibilities, that of a background last
  columns: {eruptions: {missing: 0.0, mean: 3.488, sd: 1.139}, ...}
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from emcli.core.describe.portrait import Portrait
from emcli.core.model.mixture import Mixture
from emcli.data.rows import FloatArray
from emcli.errors import BadModel
from emcli.tasks.model_rows.models import Model

PER_COLUMN = ("missing", "mean", "sd")


def training_record(portrait: Portrait, columns: Sequence[str]) -> dict[str, Any]:
    """A portrait as it stands in a model file."""
    tables = (portrait.missing, portrait.means, portrait.deviations)
    cells = zip(columns, *(table.tolist() for table in tables), strict=True)
    return {
        "rows": portrait.n,
        "mean_log_likelihood": portrait.density[0],
        "sd_log_likelihood": portrait.density[1],
        "outside": portrait.outside,
        "shares": portrait.shares.tolist(),
        "columns": {name: dict(zip(PER_COLUMN, three, strict=True)) for name, *three in cells},
    }


def all_shares(mixture: Mixture) -> FloatArray:
    """The weights, that of the background last if there is one."""
    return mixture.weights if mixture.noise is None else np.append(mixture.weights, mixture.noise.weight)


def read_training(model: Model) -> Portrait | None:
    """The portrait in a model file, checked; None where the file has none."""
    record = (model.plain.get("fit") or {}).get("training")
    if record is None:
        return None
    place = Place(model.name, "fit.training", record)
    described = place.entry("columns")
    columns = [described.entry(name) for name in model.columns]
    missing, means, deviations = (np.array([one.number(what) for one in columns]) for what in PER_COLUMN)
    n = place.number("rows")
    if not n > 0.0:
        raise place.bad("rows", "must be above 0")
    return Portrait(
        n=n,
        every=n,
        density=(place.number("mean_log_likelihood"), place.number("sd_log_likelihood")),
        outside=place.number("outside"),
        shares=np.array(place.numbers("shares", len(all_shares(model.mixture)))),
        means=means,
        deviations=deviations,
        missing=missing,
    )


class Place:
    """A mapping in a model file, and where it stands, for messages."""

    def __init__(self, file: str, path: str, value: Any) -> None:
        self._file, self._path, self._value = file, path, value
        if not isinstance(value, Mapping):
            raise BadModel(f"{path}: must be a mapping", where=file, hint="fit again, or take 'training' out")

    def bad(self, key: str, what: str) -> BadModel:
        """The error that names an entry."""
        return BadModel(f"{self._path}.{key}: {what}", where=self._file, hint="fit again, or take 'training' out")

    def entry(self, key: str) -> Place:
        """A mapping inside."""
        if key not in self._value:
            raise self.bad(key, "is not there")
        return Place(self._file, f"{self._path}.{key}", self._value[key])

    def number(self, key: str) -> float:
        """A number inside; the reader of model files has seen to it that it is finite."""
        value = self._value.get(key)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.bad(key, "must be a number")
        return float(value)

    def numbers(self, key: str, n: int) -> list[float]:
        """A list of so many numbers."""
        values = self._value.get(key)
        good = isinstance(values, list) and len(values) == n
        if not good or any(isinstance(value, bool) or not isinstance(value, int | float) for value in values or []):
            raise self.bad(key, f"must be a list of {n} numbers")
        return [float(value) for value in values or []]
