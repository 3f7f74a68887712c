"""Mixture <-> plain dict of names and numbers: the border between the mathematics and files.

The dict has the keys of a model file: family, covariance, columns, and for each component weight, mean
({column: value}), covariance (rows of a matrix, or {column: variance} for diagonal models; the scale matrix of
heavy-tailed families), what the family adds, and fixed: the keys that a fit from this start leaves as they are.  A
background is noise: weight, lower and upper.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from emcli.core.families import FAMILIES, Elliptical
from emcli.core.families.elliptical.covariances import covariance_named
from emcli.core.model.fixed import Fixed
from emcli.core.model.mixture import Mixture
from emcli.core.model.noise import Noise


def to_plain(mixture: Mixture, columns: Sequence[str]) -> dict[str, Any]:
    """The mixture as numbers and strings, every number at full precision."""
    family = mixture.family
    components = [
        {
            "weight": float(weight),
            "mean": dict(zip(columns, mean.tolist(), strict=True)),
            **family.model.layout.to_plain(family.covariances[k], columns),
            **family.tail.to_plain(k),
            **_fixed_to_plain(mixture, k),
        }
        for k, (weight, mean) in enumerate(zip(mixture.weights, family.means, strict=True))
    ]
    return {
        "family": family.name,
        "covariance": family.model.name,
        "columns": list(columns),
        "components": components,
        **({} if mixture.noise is None else {"noise": _noise_to_plain(mixture.noise, columns)}),
    }


def _fixed_to_plain(mixture: Mixture, k: int) -> dict[str, Any]:
    keys = [] if mixture.fixed is None else mixture.fixed.to_plain(k)
    return {"fixed": keys} if keys else {}


def _noise_to_plain(noise: Noise, columns: Sequence[str]) -> dict[str, Any]:
    ends = (("lower", noise.lower), ("upper", noise.upper))
    return {"weight": noise.weight, **{key: dict(zip(columns, end.tolist(), strict=True)) for key, end in ends}}


def from_plain(model: Mapping[str, Any]) -> Mixture:
    """The mixture of a model file whose fields have been checked; columns in the file's order."""
    columns = list(model["columns"])
    covariance = covariance_named(model["covariance"])
    components = model["components"]
    means = np.array([_in_order(component["mean"], columns) for component in components], dtype=np.float64)
    covariances = np.stack([covariance.layout.from_plain(component, columns) for component in components])
    weights = np.array([component["weight"] for component in components], dtype=np.float64)
    tail = FAMILIES[model["family"]].from_plain(components)
    noise = None
    if "noise" in model:
        lower, upper = (
            np.array(_in_order(model["noise"][end], columns), dtype=np.float64) for end in ("lower", "upper")
        )
        noise = Noise(float(model["noise"]["weight"]), lower, upper)
    return Mixture(
        weights, Elliptical(means, covariances, covariance, tail=tail), noise=noise, fixed=Fixed.from_plain(components)
    )


def with_columns_in_order(model: Mapping[str, Any], columns: Sequence[str]) -> dict[str, Any]:
    """The same model with its columns, of which `columns` are a permutation, in another order."""
    order = [list(model["columns"]).index(name) for name in columns]
    components = [
        {name: _turned(value, order) if name == "covariance" else value for name, value in component.items()}
        for component in model["components"]
    ]
    return {**model, "columns": list(columns), "components": components}


def _turned(covariance: Any, order: Sequence[int]) -> Any:
    """Rows of a matrix in another order of the columns; what is named by column stays as it is."""
    return covariance if isinstance(covariance, Mapping) else [[covariance[i][j] for j in order] for i in order]


def _in_order(values: Any, columns: Sequence[str]) -> Any:
    return [values[name] for name in columns] if isinstance(values, Mapping) else values


__all__ = ["from_plain", "to_plain", "with_columns_in_order"]
