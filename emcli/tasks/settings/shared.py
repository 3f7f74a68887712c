"""What several commands can be told: how a table is read, how a mixture is fitted, where the product goes."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field

from emcli.errors import UsageError
from emcli.io.read.store.memory_size import half_of_memory, memory_size
from emcli.io.read.tables.read_options import ReadOptions
from emcli.tasks.settings.fields import at_least, check_fields, one_of

COVARIANCES = (
    *("full", "tied", "diag", "spherical", "identity"),
    *("EII", "VII", "EEI", "VEI", "EVI", "VVI", "EEE", "VEE", "EVE", "VVE", "EEV", "VEV", "EVV", "VVV"),
)
"""The covariance models by name, as the table of the core has them; mclust's letters say volume, shape, orientation."""

FAMILIES = ("gaussian", "t")
"""The families of component distributions, as the table of the core has them."""

FACTOR = re.compile(r"factor:[1-9][0-9]{0,4}")
"""And the names of mixtures of factor analysers."""

_UNITS = {"": 1.0, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}


@dataclass(frozen=True)
class TableSettings:
    """Which columns of a table take part, what happens to gaps, and how the file is read."""

    columns: str | None = None
    exclude: str | None = None
    id: str | None = None
    weights: str | None = None
    missing: str = one_of("use", "drop", "error")
    reading: ReadOptions = field(default_factory=ReadOptions)

    def __post_init__(self) -> None:
        check_fields(self)


@dataclass(frozen=True)
class FittingSettings:
    """How a mixture is searched for; shared by every command that fits one."""

    covariance: str = field(default="full", metadata={"choices": COVARIANCES, "pattern": FACTOR})
    family: str = one_of(*FAMILIES)
    noise: bool = False
    hard: bool = False
    scale: str = one_of("none", "std")
    prior: bool = False
    starts: int = at_least(0, 10)
    init: str = "auto"
    max_iterations: int = at_least(1, 1000)
    tolerance: float = field(default=1e-6, metadata={"above": 0.0})
    stop: str = one_of("loglik", "params")
    accelerate: str = one_of("auto", "none", "squarem", "anderson")
    seed: int = at_least(0, 0)
    threads: int | None = at_least(1, None)

    def __post_init__(self) -> None:
        check_fields(self)


@dataclass(frozen=True)
class OutputSettings:
    """Where the main product goes and whether it may replace a file."""

    output: str = "-"
    clobber: bool = True

    @property
    def in_parts(self) -> bool:
        """Whether it names a folder, for a product of each part of the input."""
        return self.output.endswith("/")


@dataclass(frozen=True)
class KeepingSettings:
    """How much memory a fit may take, and where the numbers of the table are kept for the next one."""

    memory: str | None = None
    cache: str | None = None

    def __post_init__(self) -> None:
        self.most_bytes  # noqa: B018  read once, so that a wrong size is told at once

    @property
    def most_bytes(self) -> int:
        """Bytes of memory; half of the machine's where nothing was said."""
        try:
            return half_of_memory() if self.memory is None else memory_size(self.memory)
        except ValueError:
            hint = "as in --memory 300MB or 2GB"
            raise UsageError(f"'{self.memory}' is no size of memory", where="memory", hint=hint) from None


@dataclass(frozen=True)
class EngineSettings:
    """Who does the work: this process, or the workers of a Dask cluster; what comes out is the same."""

    engine: str = one_of("local", "dask")
    scheduler: str | None = None
    scheduler_file: str | None = None
    workers: int | None = at_least(1, None)

    def __post_init__(self) -> None:
        check_fields(self)
        told = [name for name in ("scheduler", "scheduler_file", "workers") if getattr(self, name) is not None]
        if told and not self.on_cluster:
            raise UsageError("says where a cluster is", where=told[0], hint="add --engine dask")
        if len(told) > 1:
            hint = "--scheduler, --scheduler-file, or --workers for a cluster on this machine"
            raise UsageError(f"excludes {_flag(told[0])}", where=told[1], hint=hint)

    @property
    def on_cluster(self) -> bool:
        """Whether the workers of a cluster do it; the only place where the engine's name is looked at."""
        return self.engine == "dask"


def _flag(field_name: str) -> str:
    return "--" + field_name.replace("_", "-")


def time_budget(text: str | None) -> float | None:
    """The seconds of a time budget; None where there is none."""
    return None if text is None else duration(text)


def duration(text: str) -> float:
    """60, 60s, 5m or 1h as seconds."""
    number = text.strip().rstrip("hmins")
    unit = text.strip()[len(number) :]
    try:
        seconds = float(number) * _UNITS[unit]
    except (ValueError, KeyError):
        seconds = math.nan
    if not (seconds > 0.0 and math.isfinite(seconds)):
        raise UsageError(f"'{text}' is not a time", where="time_budget", hint="as in --time-budget 60s, 5m or 1h")
    return seconds


def one_standard_input(model: str, rows: str) -> None:
    if model == "-" and rows == "-":
        raise UsageError(
            "the model and the rows cannot both come from standard input",
            hint="name a file for one of them: emcli assign MODEL ROWS.csv",
        )


def summary_needs_a_file(wanted: bool, output: OutputSettings) -> None:
    if wanted and output.output == "-":
        raise UsageError("needs -o FILE: the summary goes to standard output, where the rows would go", where="json")


def check_parts(running: EngineSettings, path: str, output: OutputSettings) -> None:
    """UsageError if rows that lie on a cluster should go to one file, or those of standard input into a folder."""
    if running.on_cluster and not output.in_parts:
        hint = "-o out/ for out/part-00000.csv, out/part-00001.csv, ..."
        where = "--output" if output.output == "-" else "output"
        raise UsageError("on a cluster the output is a folder", where=where, hint=hint)
    if output.in_parts and path == "-":
        raise UsageError("standard input has no parts for a folder", where="output", hint="name a file, not a folder")
