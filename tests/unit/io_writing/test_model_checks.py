"""A model that was edited or damaged is refused with the file, the line and the key."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emcli.errors import BadModel
from emcli.io.models.document import Document
from emcli.io.models.model_checks import check_model
from emcli.io.models.model_file import read_model, write_model

from .models import full_model, leaves

NAN, INF = float("nan"), float("inf")


def first(key: str, value: Any) -> Callable[[dict[str, Any]], None]:
    return lambda model: model["components"][0].__setitem__(key, value)


def top(key: str, value: Any) -> Callable[[dict[str, Any]], None]:
    return lambda model: model.__setitem__(key, value)


def gone(*keys: Any) -> Callable[[dict[str, Any]], None]:
    def spoil(model: Any) -> None:
        for key in keys[:-1]:
            model = model[key]
        del model[keys[-1]]

    return spoil


def both_weights(one: Any, other: Any) -> Callable[[dict[str, Any]], None]:
    def spoil(model: dict[str, Any]) -> None:
        model["components"][0]["weight"], model["components"][1]["weight"] = one, other

    return spoil


def diagonal(variances: Any) -> Callable[[dict[str, Any]], None]:
    def spoil(model: dict[str, Any]) -> None:
        model["covariance"] = "diag"
        for component in model["components"]:
            component["covariance"] = variances

    return spoil


def t_with(freedom: Any) -> Callable[[dict[str, Any]], None]:
    def spoil(model: dict[str, Any]) -> None:
        model["family"] = "t"
        for component in model["components"]:
            component["degrees_of_freedom"] = freedom

    return spoil


def noise(weight: Any = 0.0, **ends: Any) -> Callable[[dict[str, Any]], None]:
    box = {"lower": {"height": 0.0, "weight": 0.0}, "upper": {"height": 1.0, "weight": 1.0}} | ends
    return top("noise", {"weight": weight, **box})


SPOILED = [
    (top("family", "t"), r"components\[0\]: there is no key 'degrees_of_freedom'"),
    (first("degrees_of_freedom", 3.0), r"components\[0\].degrees_of_freedom: unknown key"),
    (t_with(0.0), r"components\[0\].degrees_of_freedom: 0.0 is not positive"),
    (t_with("many"), r"components\[0\].degrees_of_freedom: 'many' is not a number"),
    (first("fixed", "mean"), r"components\[0\].fixed: must be true or a list of weight, mean, covariance, not 'mean'"),
    (first("fixed", ["means"]), r"components\[0\].fixed\[0\]: 'means' is not known"),
    (first("fixed", ["degrees_of_freedom"]), r"components\[0\].fixed\[0\]: 'degrees_of_freedom' is not known"),
    (noise(0.1), "components: the weights sum to 1.1, not to 1"),
    (noise(-0.1), "noise.weight: the weight -0.1 is not between 0 and 1"),
    (noise(lower={"height": 0.0}), "noise.lower: must have exactly the model's columns: no weight"),
    (noise(upper={"height": 1.0, "weight": 0.0}), "noise.upper: weight: 0 is not above the lower end, 0"),
    (top("noise", 0.1), "noise: must be a mapping with 'weight', 'lower', 'upper', not 0.1"),
    (top("format", 999), "format: version 999 of the model format is newer"),
    (top("format", "emcli-model/2"), "format: version 2 of the model format is newer"),
    (top("format", "emcli-model/0"), "format: 'emcli-model/0' is not a version"),
    (top("format", "banana"), "format: 'banana' is not a version"),
    (top("format", None), "format: nothing is not a version"),
    (top("format", "emcli-model/" + "9" * 5000), "format: version 9+ of"),
    (gone("format"), "there is no key 'format'"),
    (gone("columns"), "there is no key 'columns'"),
    (gone("components"), "there is no key 'components'"),
    (top("colums", []), "colums: unknown key"),
    (top("family", "students"), "family: 'students' is not known"),
    (top("family", []), "family: a list is not known"),
    (top("covariance", "ful"), "covariance: 'ful' is not known"),
    (top("columns", "height"), "columns: must be a list of column names, not 'height'"),
    (top("columns", []), "columns: must be a list of column names; it is empty"),
    (top("columns", ["height", 1]), r"columns\[1\]: 1 is not a text"),
    (top("columns", ["height", True]), r"columns\[1\]: true is not a text"),
    (top("columns", ["height", ""]), r"columns\[1\]: a column's name is empty"),
    (top("columns", ["height", "\ud800"]), r"columns\[1\]: holds half a surrogate pair"),
    (top("columns", ["height", "height"]), r"columns\[1\]: the column 'height' is there twice"),
    (top("columns", ["height", "age"]), r"components\[0\].mean: must have exactly .*no age; unknown weight"),
    (top("components", {}), "components: must be a list of components, not a mapping"),
    (top("components", []), "components: must be a list of components; it is empty"),
    (top("components", [1]), r"components\[0\]: must be a mapping with 'weight', 'mean', 'covariance', not 1"),
    (gone("components", 1, "weight"), r"components\[1\]: there is no key 'weight'"),
    (first("wieght", 1), r"components\[0\].wieght: unknown key"),
    (first("weight", "much"), r"components\[0\].weight: 'much' is not a number"),
    (first("weight", True), r"components\[0\].weight: true is not a number"),
    (first("weight", NAN), r"components\[0\].weight: nan is not a finite number"),
    (first("weight", 10**400), r"components\[0\].weight: 1000.* is not a finite number"),
    (both_weights(0.7, 0.7), "components: the weights sum to 1.4, not to 1"),
    (both_weights(1.5, -0.5), r"components\[0\].weight: the weight 1.5 is not between 0 and 1"),
    (both_weights(0.75, 0.2500011), "components: the weights sum to 1.0000011"),
    (first("mean", [1.0]), r"components\[0\].mean: has 1 numbers for 2 columns"),
    (first("mean", [1.0, 2.0, 3.0]), r"components\[0\].mean: has 3 numbers for 2 columns"),
    (first("mean", [1.0, NAN]), r"components\[0\].mean\[1\]: nan is not a finite number"),
    (first("mean", {"height": 1, "weight": INF}), r"components\[0\].mean.weight: inf is not a finite"),
    (first("mean", {"height": 1}), r"components\[0\].mean: must have exactly the model's columns: no weight"),
    (first("mean", 3), r"components\[0\].mean: must map each column to a number; it is 3"),
    (first("covariance", 3), r"components\[0\].covariance: must be a list of rows"),
    (first("covariance", [[1.0]]), r"components\[0\].covariance: the covariance matrix must have 2 rows"),
    (first("covariance", [[1, 0], [0]]), r"components\[0\].covariance: .* 2 rows and 2 columns"),
    (first("covariance", [[1, 0], 3]), r"components\[0\].covariance: .* 2 rows and 2 columns"),
    (first("covariance", [[1.0, 0.9], [0.1, 1.0]]), r"components\[0\].covariance: is not symmetric: \[0\]"),
    (first("covariance", [[1.0, 2.0], [2.0, 1.0]]), r"components\[0\].covariance: .* not positive definite"),
    (first("covariance", [[1.0, 1.0], [1.0, 1.0]]), r"components\[0\].covariance: .* not positive definite"),
    (first("covariance", [[0, 0], [0, 0]]), r"components\[0\].covariance: is not positive .* 'height' is 0"),
    (
        first("covariance", [[1e-300, 1e300], [1e300, 1e-300]]),
        r"components\[0\].covariance: .* not positive definite",
    ),
    (first("covariance", [[1.0, NAN], [NAN, 1.0]]), r"components\[0\].covariance\[0\]\[1\]: nan is not a fin"),
    (first("covariance", [[1.0, "x"], [0, 1.0]]), r"components\[0\].covariance\[0\]\[1\]: 'x' is not a number"),
    (top("covariance", "tied"), r"components\[1\].covariance: differs from the first"),
    (diagonal({"height": 1.0, "weight": 0.0}), r"covariance.weight: the variance 0.0 is not positive"),
    (diagonal([1.0, -1.0]), r"covariance\[1\]: the variance -1.0 is not positive"),
    (diagonal([[1.0, 0.0], [0.0, 1.0]]), "covariance: is a matrix; this covariance model has one variance"),
    (top("fit", 3), "fit: must be a mapping, not 3"),
    (gone("fit", "emcli"), "fit: there is no 'emcli: VERSION', .* the file is truncated"),
    (top("fit", {"emcli": "0.1.0", "bic": NAN}), "fit.bic: nan is not a finite number"),
    (top("fit", {"emcli": "0.1.0", "a b": ["\ud800"]}), r"fit\.'a b'\[0\]: holds half a surrogate"),
]


@pytest.mark.parametrize(("spoil", "message"), SPOILED, ids=[message for _, message in SPOILED])
def test_every_field_is_checked_and_named(spoil: Callable[[dict[str, Any]], None], message: str) -> None:
    model = full_model()
    spoil(model)
    with pytest.raises(BadModel, match=message) as caught:
        check_model(Document(model), "m.yaml")
    assert caught.value.where == "m.yaml"
    assert "\n" not in caught.value.message


def test_an_unknown_word_comes_with_a_near_one() -> None:
    for spoil, hint in ((top("covariance", "ful"), "'full'"), (top("colums", []), "'columns'")):
        model = full_model()
        spoil(model)
        with pytest.raises(BadModel) as caught:
            check_model(Document(model), "m.yaml")
        assert caught.value.hint == f"did you mean {hint}?"


def test_the_line_is_named_where_the_file_is_yaml(tmp_path: Path) -> None:
    model = full_model()
    model["components"][1]["weight"] = 2.5
    path = tmp_path / "m.yaml"
    with path.open("wb") as out:
        write_model(model, out, form="yaml")
    with pytest.raises(BadModel) as caught:
        read_model(str(path))
    assert caught.value.where == f"{path}:9"
    path.write_text(path.read_text().replace("2.5", "0.25").replace("height: 1.0e-09, weight: -0.0", "x: .nan"))
    with pytest.raises(BadModel) as caught:
        read_model(str(path))
    assert caught.value.where == f"{path}:10"


def test_means_and_variances_may_be_lists_in_column_order_and_integers() -> None:
    model = full_model()
    for component in model["components"]:
        component["mean"] = [1, 2.5]
        component["covariance"] = [3, 4.5]
    model["covariance"] = "diag"
    checked = check_model(Document(model), "m.yaml")["components"][0]
    assert checked["mean"] == {"height": 1.0, "weight": 2.5}
    assert checked["covariance"] == {"height": 3.0, "weight": 4.5}
    assert all(type(value) is float for value in checked["mean"].values())


def test_columns_by_name_come_in_the_models_order() -> None:
    model = full_model()
    model["components"][0]["mean"] = {"weight": 1.0, "height": 2.0}
    assert list(check_model(Document(model), "m")["components"][0]["mean"]) == ["height", "weight"]


def test_a_weight_of_zero_and_columns_of_very_different_size_are_proper() -> None:
    model = full_model()
    both_weights(1, 0)(model)
    assert check_model(Document(model), "m")["components"][1]["weight"] == 0


@given(st.data())
def test_one_value_replaced_by_anything_is_accepted_or_refused_as_a_bad_model(data: st.DataObject) -> None:
    model = full_model()
    place: Any = model
    while True:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        key = data.draw(st.sampled_from(keys))
        if not isinstance(place[key], dict | list) or data.draw(st.booleans()):
            break
        place = place[key]
    place[key] = data.draw(leaves | st.lists(leaves) | st.dictionaries(st.text(), leaves) | st.sampled_from([NAN, INF]))
    try:
        checked = check_model(Document(model), "m.yaml")
    except BadModel:
        return
    write_model(checked, io.BytesIO(), form="yaml")
    json.dumps(checked, allow_nan=False)
