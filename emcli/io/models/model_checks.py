"""Check every field of a model that comes from a file, before anything is computed with it.

A model file is edited by people and damaged by disks.  What is accepted here is a proper mixture: weights
that sum to one, means and covariances of exactly the model's columns, covariances that are symmetric and
positive definite.  Everything else is refused with the file, the line and the key.  The doubles are
returned as they are written.
"""

from __future__ import annotations

import re
from typing import Any

from emcli.io.models.document import Document, Place, is_number, near_hint, shown
from emcli.io.models.parameter_checks import by_column, covariance_rows, loadings_by_column, variances_by_column

FORMAT = "emcli-model/"
VERSION = 1
FAMILIES: dict[str, tuple[str, ...]] = {"gaussian": (), "t": ("degrees_of_freedom",)}
"""The families and the positive numbers that each adds to a component."""

# The names of the covariance models and how each writes a component's covariance.
DIAGONAL = ("diag", "spherical", "identity", "EII", "VII", "EEI", "VEI", "EVI", "VVI")
DENSE = ("full", "tied", "EEE", "VEE", "EVE", "VVE", "EEV", "VEV", "EVV", "VVV")
_FACTOR = re.compile(r"factor:([1-9][0-9]{0,4})")
EQUAL = ("tied", "EII", "EEI", "EEE")

WEIGHT_SUM_ERROR = 1e-6  # what rounding to seven digits by hand may leave

LAST_KEY = "emcli"  # of the record of the fit, at the end of the file: without it, the file was cut short


def check_model(document: Document, file: str) -> dict[str, Any]:
    """The model with means by column and covariances as rows or by column, all of them floats.

    Raises BadModel, which names `file`, the line where it is known, and the key.
    """
    top = Place(document.value, "", file, document.lines)
    if top.value is None:
        raise top.bad("the model file is empty")
    if not isinstance(top.value, dict):
        raise top.bad(f"is not an emcli model: it holds {shown(top.value)}")
    _check_format(top)
    top.mapping(("format", "family", "covariance", "columns", "components"), ("noise", "fit"))
    _one_of(top.entry("family"), tuple(FAMILIES))
    added = FAMILIES[top.value["family"]]
    n_factors = _factors(top.entry("covariance"))
    if n_factors is None:
        _one_of(top.entry("covariance"), DENSE + DIAGONAL)
    columns = _columns(top.entry("columns"))
    place = top.entry("components")
    place.sequence("components")
    if n_factors is not None:
        components = [_factor_component(part, columns, n_factors, added) for part in place.items()]
    else:
        dense = top.value["covariance"] in DENSE
        components = [_component(part, columns, dense, added) for part in place.items()]
    noise = {"noise": _noise(top.entry("noise"), columns)} if "noise" in top.value else {}
    _check_weights(place, [component["weight"] for component in [*components, *noise.values()]])
    if top.value["covariance"] in EQUAL:
        _check_equal(place, components, top.value["covariance"])
    model = dict(top.value, columns=columns, components=components, **noise)
    if "fit" in model:
        _check_fit(top.entry("fit"))
    return model


def _check_format(top: Place) -> None:
    if "format" not in top.value:
        raise top.bad("there is no key 'format'", f"an emcli model begins with format: {FORMAT}{VERSION}")
    place = top.entry("format")
    name = str(place.value)
    version = name.removeprefix(FORMAT)
    if name == f"{FORMAT}{VERSION}":
        return
    if version.isascii() and version.isdigit() and int(version[:9]) > VERSION:
        raise place.bad(
            f"version {version[:20]} of the model format is newer than this emcli reads ({FORMAT}{VERSION})",
            "update emcli",
        )
    raise place.bad(f"{shown(place.value)} is not a version of the model format; expected {FORMAT}{VERSION}")


def _factors(place: Place) -> int | None:
    """The number of factors in a name like factor:2; None for another name."""
    found = _FACTOR.fullmatch(place.value) if isinstance(place.value, str) else None
    return int(found[1]) if found else None


def _one_of(place: Place, known: tuple[str, ...]) -> None:
    if place.value not in known:
        raise place.bad(f"{shown(place.value)} is not known", near_hint(str(place.value), known))


def _columns(place: Place) -> list[str]:
    place.sequence("column names")
    names: list[str] = []
    for part in place.items():
        if not part.text():
            raise part.bad("a column's name is empty")
        if part.value in names:
            raise part.bad(f"the column {shown(part.value)} is there twice")
        names.append(part.value)
    return names


def _component(place: Place, columns: list[str], dense: bool, added: tuple[str, ...]) -> dict[str, Any]:
    place.mapping(("weight", "mean", "covariance", *added), ("fixed",))
    covariance = place.entry("covariance")
    return {
        "weight": _weight(place.entry("weight")),
        "mean": by_column(place.entry("mean"), columns),
        "covariance": covariance_rows(covariance, columns) if dense else variances_by_column(covariance, columns),
        **{key: _positive(place.entry(key)) for key in added},
        **_fixed(place, ("weight", "mean", "covariance", *added)),
    }


def _factor_component(place: Place, columns: list[str], n_factors: int, added: tuple[str, ...]) -> dict[str, Any]:
    place.mapping(("weight", "mean", "loadings", "noise", *added), ("fixed",))
    return {
        "weight": _weight(place.entry("weight")),
        "mean": by_column(place.entry("mean"), columns),
        "loadings": loadings_by_column(place.entry("loadings"), columns, n_factors),
        "noise": variances_by_column(place.entry("noise"), columns),
        **{key: _positive(place.entry(key)) for key in added},
        **_fixed(place, ("weight", "mean", "covariance", *added)),
    }


def _fixed(place: Place, keys: tuple[str, ...]) -> dict[str, list[str]]:
    """What a fit that starts here leaves as it is: true for everything, or a list of keys."""
    if "fixed" not in place.value:
        return {}
    fixed = place.entry("fixed")
    if isinstance(fixed.value, bool):
        return {"fixed": list(keys)} if fixed.value else {}
    if not isinstance(fixed.value, list):
        raise fixed.bad(f"must be true or a list of {', '.join(keys)}, not {shown(fixed.value)}")
    for part in fixed.items():
        _one_of(part, keys)
    return {"fixed": [key for key in keys if key in fixed.value]}


def _positive(place: Place) -> float:
    number = place.number()
    if number <= 0:
        raise place.bad(f"{shown(place.value)} is not positive")
    return number


def _noise(place: Place, columns: list[str]) -> dict[str, Any]:
    """The uniform background: its share, and the box that it fills."""
    place.mapping(("weight", "lower", "upper"))
    lower, upper = (by_column(place.entry(end), columns) for end in ("lower", "upper"))
    for name in columns:
        if not lower[name] < upper[name]:
            raise place.entry("upper").bad(f"{name}: {upper[name]:g} is not above the lower end, {lower[name]:g}")
    return {"weight": _weight(place.entry("weight")), "lower": lower, "upper": upper}


def _weight(place: Place) -> float:
    weight = place.number()
    if not 0 <= weight <= 1:
        raise place.bad(f"the weight {shown(place.value)} is not between 0 and 1")
    return weight


def _check_weights(place: Place, weights: list[float]) -> None:
    total = sum(weights)
    if abs(total - 1) > WEIGHT_SUM_ERROR:
        raise place.bad(f"the weights sum to {total:.10g}, not to 1")


def _check_equal(place: Place, components: list[dict[str, Any]], name: str) -> None:
    for part, component in zip(place.items(), components, strict=True):
        if component["covariance"] != components[0]["covariance"]:
            raise part.entry("covariance").bad(f"differs from the first; a {name} model has one covariance")


def _check_fit(place: Place) -> None:
    """The record of the fit is free in its keys, but it holds plain finite values and its last entry."""
    if not isinstance(place.value, dict):
        raise place.bad(f"must be a mapping, not {shown(place.value)}")
    if not isinstance(place.value.get(LAST_KEY), str):
        raise place.bad(f"there is no '{LAST_KEY}: VERSION', which is written last: the file is truncated")
    _check_plain(place)


def _check_plain(place: Place) -> None:
    if isinstance(place.value, dict):
        for key in place.value:
            _check_plain(place.entry(key))
    elif isinstance(place.value, list):
        for part in place.items():
            _check_plain(part)
    elif is_number(place.value):
        place.number()
    elif isinstance(place.value, str):
        place.text()
