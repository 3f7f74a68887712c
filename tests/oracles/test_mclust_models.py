"""The fourteen covariance models against mclust: never less likely than where its tight tolerance ends."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from emcli.core.fit.fitting import FitOptions, fit_mixture
from emcli.data.rows import FloatArray

REFERENCE = Path(__file__).parent / "reference"
SHORT = 0.01  # nats
CELLS = {("faithful", 2), ("diabetes", 3), ("iris", 1)}


def cells() -> Iterator[object]:
    """Data, model, k, and mclust's log-likelihood and number of parameters, where it has an answer."""
    with (REFERENCE / "mclust_models.csv").open() as file:
        for row in csv.DictReader(file):
            k, said = int(row["k"]), row["log_likelihood_tight"] or row["log_likelihood"]
            if (row["data"], k) in CELLS and said:
                name = f"{row['data']}-{row['model']}-{k}"
                yield pytest.param(row["data"], row["model"], k, float(said), int(row["n_parameters"]), id=name)


def table(name: str) -> FloatArray:
    columns = json.loads((REFERENCE / "features.json").read_text())[name]
    with (REFERENCE / "data" / f"{name}.csv").open() as file:
        return np.array([[float(row[column]) for column in columns] for row in csv.DictReader(file)])


@pytest.mark.parametrize(("data", "model", "k", "log_likelihood", "n_parameters"), list(cells()))
def test_a_fit_is_no_less_likely_than_that_of_mclust(
    *, data: str, model: str, k: int, log_likelihood: float, n_parameters: int
) -> None:
    values = table(data)
    fitted = fit_mixture(values, np.ones(len(values)), FitOptions(k, model, n_starts=3))
    assert fitted.n_parameters == n_parameters
    assert fitted.log_likelihood > log_likelihood - SHORT
