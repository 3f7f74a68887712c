"""A model file as a task needs it: what it says, and the mixture it describes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from emcli.core.model.mixture import Mixture
from emcli.core.model.plain import from_plain
from emcli.io.models.model_file import read_model


@dataclass(frozen=True)
class Model:
    """What a model file says, and the mixture it describes."""

    name: str
    plain: dict[str, Any]
    mixture: Mixture

    @property
    def columns(self) -> list[str]:
        return list(self.plain["columns"])


def load_model(path: str) -> Model:
    """Read and check a model file; "-" is standard input."""
    plain = read_model(path)
    return Model("<stdin>" if path == "-" else path, plain, from_plain(plain))
