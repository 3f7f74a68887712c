"""The program as a user meets it: whole processes, their streams, and small files for them."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
IRIS = ROOT / "sample_data" / "iris.csv"
EMCLI = [sys.executable, "-m", "emcli"]

# Two components, far apart in y; the second name looks like rich markup and like a YAML flow sequence.
TWO = """\
format: emcli-model/1
family: gaussian
covariance: full
columns: [x, "y [/z]"]
components:
  - weight: 0.6
    mean: {x: 0.0, "y [/z]": 1.0}
    covariance: [[1.0, 0.5], [0.5, 2.0]]
  - weight: 0.4
    mean: {x: 3.0, "y [/z]": -20.0}
    covariance: [[1.0, 0.5], [0.5, 2.0]]
"""
ROWS = 'name,"y [/z]",x\n007,1.50,0.1\n"a,\nb",-20,3e0\n1234567890123456789,,0\n'


@dataclass(frozen=True)
class Done:
    """How a process ended."""

    code: int
    out: bytes
    err: str

    @property
    def text(self) -> str:
        return self.out.decode()


Run = Callable[..., Done]


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """This process's environment without what would change how emcli reads or looks."""
    unwanted = ("EMCLI_", "NO_COLOR", "FORCE_COLOR", "CLICOLOR", "COLUMNS", "LINES")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(unwanted)}
    return {**kept, "PYTHONPATH": str(ROOT), **(extra or {})}
