"""explain: a model file in; what its components are, which are close, what tells them apart, what it cannot tell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from emcli.core.describe.description import distinctiveness, gaps, overlap, spreads
from emcli.core.describe.information import ROWS, Information, information
from emcli.data.rows import FloatArray
from emcli.io.write.outputs.output import check_output, refuse_same_file
from emcli.tasks.fitting.cautions import cautions
from emcli.tasks.model_rows.models import load_model
from emcli.tasks.settings import ExplainSettings
from emcli.tasks.show import tail_of


@dataclass(frozen=True)
class ExplainReport:
    """A model in words' worth of numbers.

    weights        (k,)    means, deviations  (k, d)  column units
    differences    (k, d)  of a component's mean from the others together, in standard deviations
    overlap        (k, k)  Bhattacharyya coefficients
    spread         what the deviations are: sd, or scale for heavy tails
    gaps           (k, k, d)  difference of two components' means, in pooled standard deviations
    """

    name: str
    plain: dict[str, Any]
    weights: FloatArray
    means: FloatArray
    deviations: FloatArray
    differences: FloatArray
    overlap: FloatArray
    gaps: FloatArray
    told: Information
    cautions: tuple[str, ...]
    seed: int
    spread: str

    @property
    def columns(self) -> list[str]:
        return list(self.plain["columns"])

    @property
    def n_rows(self) -> int | None:
        """Rows of the fit, as far as the file tells."""
        n_rows = (self.plain.get("fit") or {}).get("n_rows")
        return n_rows if isinstance(n_rows, int) else None

    def as_dict(self) -> dict[str, Any]:
        """The report as one JSON object; shares are of 1, information is in nats."""
        told = self.told
        return {
            "model": self.name,
            "columns": self.columns,
            "components": [self._component(k) for k in range(len(self.weights))],
            **({"noise": self.plain["noise"]} if "noise" in self.plain else {}),
            "pairs": [self._pair(a, b) for a in range(len(self.weights)) for b in range(a)],
            "information": {
                "entropy": told.entropy,
                "together": told.together,
                "standard_error": told.standard_error,
                "columns": {
                    name: {"alone": alone, "lost_without": lost}
                    for name, alone, lost in zip(self.columns, told.alone.tolist(), told.lost.tolist(), strict=True)
                },
                "best": [
                    {"columns": [self.columns[j] for j in chosen.columns], "share": chosen.share}
                    for chosen in told.picked
                ],
                "draws": ROWS,
                "seed": self.seed,
            },
            "cautions": list(self.cautions),
        }

    def _component(self, k: int) -> dict[str, Any]:
        tables = {"mean": self.means, self.spread: self.deviations, "difference": self.differences}
        return {
            "cluster": k + 1,
            "weight": float(self.weights[k]),
            **{what: dict(zip(self.columns, table[k].tolist(), strict=True)) for what, table in tables.items()},
            **tail_of(self.plain["components"][k]),
            "recognised": float(self.told.confusion[k, k]),
        }

    def _pair(self, a: int, b: int) -> dict[str, Any]:
        column = int(abs(self.gaps[b, a]).argmax())
        return {
            "clusters": [b + 1, a + 1],
            "overlap": float(self.overlap[b, a]),
            "mistaken": [float(self.told.confusion[b, a]), float(self.told.confusion[a, b])],
            "most_apart": {"column": self.columns[column], "difference": float(self.gaps[b, a, column])},
        }


def run(settings: ExplainSettings) -> ExplainReport:
    """Read a model and say what it means."""
    check_output(settings.output.output, settings.output.clobber)
    refuse_same_file({"the output": settings.output.output}, {"the model": settings.model})
    model = load_model(settings.model)
    mixture = model.mixture
    told, shared = information(mixture, seed=settings.seed), overlap(mixture)
    record = model.plain.get("fit") or {}
    return ExplainReport(
        name=model.name,
        plain=model.plain,
        weights=mixture.weights,
        means=mixture.family.means,
        deviations=spreads(mixture),
        differences=distinctiveness(mixture),
        overlap=shared,
        gaps=gaps(mixture),
        told=told,
        cautions=tuple(cautions(record, mixture, told, shared, model.columns)),
        seed=settings.seed,
        spread=mixture.family.tail.spread,
    )
