"""show: a model file in, what describes the model out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from emcli.core.describe.description import distinctiveness, overlap, spreads
from emcli.data.rows import FloatArray
from emcli.io.write.outputs.output import check_output, refuse_same_file
from emcli.tasks.model_rows.models import load_model
from emcli.tasks.model_rows.points import Points, drawn_points
from emcli.tasks.settings import ShowSettings

TAILS = ("degrees_of_freedom",)
"""Keys of a component that tell how heavy its tails are."""


@dataclass(frozen=True)
class ShowReport:
    """A model in numbers a person can read.

    weights        (k,)    means, deviations  (k, d)  column units
    distinctions   (k, d)  how far a component's mean is from the others', in standard deviations
    overlap        (k, k)  Bhattacharyya coefficients: 1 for equal components, 0 for separate ones
    spread                 what the deviations are: sd, or scale for heavy tails, whose sd may not exist
    points                 makes points for a picture: rows drawn from the mixture
    """

    name: str
    plain: dict[str, Any]
    weights: FloatArray
    means: FloatArray
    deviations: FloatArray
    distinctions: FloatArray
    overlap: FloatArray
    spread: str
    points: Callable[[], Points]

    def tail(self, k: int) -> dict[str, float]:
        """What a component has beyond mean and covariance."""
        return tail_of(self.plain["components"][k])

    @property
    def columns(self) -> list[str]:
        return list(self.plain["columns"])

    def as_dict(self) -> dict[str, Any]:
        """The report as one JSON object."""
        return {
            "model": self.name,
            **{key: self.plain[key] for key in ("family", "covariance", "columns")},
            "components": [self._component(k) for k in range(len(self.weights))],
            **({"noise": self.plain["noise"]} if "noise" in self.plain else {}),
            "overlap": self.overlap.tolist(),
            "fit": self.plain.get("fit"),
        }

    def _component(self, k: int) -> dict[str, Any]:
        named = [
            (what, dict(zip(self.columns, table[k].tolist(), strict=True)))
            for what, table in (
                ("mean", self.means),
                (self.spread, self.deviations),
                ("difference", self.distinctions),
            )
        ]
        return {"cluster": k + 1, "weight": float(self.weights[k]), **self.tail(k), **dict(named)}


def tail_of(component: dict[str, Any]) -> dict[str, float]:
    """What a component of a model file has beyond mean and covariance."""
    return {key: component[key] for key in TAILS if key in component}


def run(settings: ShowSettings) -> ShowReport:
    """Read a model and describe it."""
    check_output(settings.output.output, settings.output.clobber)
    refuse_same_file({"the output": settings.output.output}, {"the model": settings.model})
    model = load_model(settings.model)
    return ShowReport(
        name=model.name,
        plain=model.plain,
        weights=model.mixture.weights,
        means=model.mixture.family.means,
        deviations=spreads(model.mixture),
        distinctions=distinctiveness(model.mixture),
        overlap=overlap(model.mixture),
        spread=model.mixture.family.tail.spread,
        points=partial(drawn_points, model.mixture, model.columns),
    )
