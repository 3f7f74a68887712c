"""What each command can be told: one frozen dataclass per command, checked when it is made.

Options that several commands share are dataclasses of their own (how a table is read, how a mixture is
fitted, where the product goes) and appear as fields of the commands' settings.  The same classes are filled
by flags, by environment variables, by a settings file and by Python callers, so a value is checked in one
place: here.

A field says what it accepts in its metadata (`choices`, `least`, `above`).  A value that is not accepted is a
UsageError whose `where` is the field's name; the command line replaces it by the flag, variable or key the
value came from.  Nothing heavy is imported: help is printed from these classes.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field, fields
from typing import Any

from emcli.errors import UsageError
from emcli.io.memory_size import half_of_memory, memory_size
from emcli.io.read_options import ReadOptions

COVARIANCES = (
    *("full", "tied", "diag", "spherical", "identity"),
    *("EII", "VII", "EEI", "VEI", "EVI", "VVI", "EEE", "VEE", "EVE", "VVE", "EEV", "VEV", "EVV", "VVV"),
)
"""The covariance models by name, as the table of the core has them; mclust's letters say volume, shape, orientation."""

FAMILIES = ("gaussian", "t")
"""The families of component distributions, as the table of the core has them."""

FACTOR = re.compile(r"factor:[1-9][0-9]{0,4}")
"""And the names of mixtures of factor analysers."""


def one_of(default: str, *others: str) -> Any:
    """A text field that takes one of these words."""
    return field(default=default, metadata={"choices": (default, *others)})


def at_least(least: int, default: int | None) -> Any:
    """A whole number field with a smallest value."""
    return field(default=default, metadata={"least": least})


def check_fields(settings: Any) -> None:
    """Hold every field of a settings object against its metadata; UsageError names the field."""
    for one in fields(settings):
        value = getattr(settings, one.name)
        choices, pattern, least, above = (one.metadata.get(key) for key in ("choices", "pattern", "least", "above"))
        if value is None:
            continue
        if choices is not None and value not in choices and not (pattern and pattern.fullmatch(value)):
            raise _unknown_word(one.name, value, choices)
        if least is not None and value < least:
            raise UsageError(f"must be at least {least}, not {value}", where=one.name)
        if above is not None and not (value > above and math.isfinite(value)):
            raise UsageError(f"must be a number above {above:g}, not {value:g}", where=one.name)


def _unknown_word(name: str, value: object, choices: tuple[str, ...]) -> UsageError:
    from difflib import get_close_matches

    same = [word for word in choices if word.lower() == str(value).lower()]
    near = same or get_close_matches(str(value), choices, n=1)
    return UsageError(
        f"'{value}' is not one of {', '.join(choices)}",
        where=name,
        hint=f"did you mean '{near[0]}'?" if near else None,
    )


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


@dataclass(frozen=True)
class FitSettings:
    """emcli fit: learn a mixture from the rows of a table."""

    n_components: int | None = field(metadata={"least": 1})  # None: the number that BIC chooses
    input: str = "-"
    fitting: FittingSettings = field(default_factory=FittingSettings)
    table: TableSettings = field(default_factory=TableSettings)
    labels: str | None = None
    keeping: KeepingSettings = field(default_factory=KeepingSettings)
    checkpoint: str | None = None
    resume: str | None = None
    time_budget: str | None = None
    running: EngineSettings = field(default_factory=EngineSettings)
    responsibilities: str | None = None
    trace: str | None = None
    trace_models: str | None = None
    digits: int | None = field(default=None, metadata={"least": 1})
    dry_run: bool = False
    strict: bool = False
    json: bool = False
    output: OutputSettings = field(default_factory=OutputSettings)

    def __post_init__(self) -> None:
        check_fields(self)
        self.seconds  # noqa: B018  read once, so that a wrong time is told at once
        if (self.checkpoint or self.resume) and self.n_components is None:
            where = "checkpoint" if self.checkpoint else "resume"
            raise UsageError("needs a number of components", where=where, hint="-k N; -k auto makes many fits")
        if self.labels is not None and self.n_components is None:
            raise UsageError("needs a number of components", where="labels", hint="-k N, at least as many as labels")

    @property
    def seconds(self) -> float | None:
        """The time budget."""
        return time_budget(self.time_budget)


@dataclass(frozen=True)
class SweepSettings:
    """How each candidate of a sweep is searched for; the covariance models are listed beside it."""

    covariances: tuple[str, ...] = ("full",)
    family: str = one_of(*FAMILIES)
    noise: bool = False
    hard: bool = False
    scale: str = one_of("none", "std")
    prior: bool = False
    starts: int = at_least(0, 4)
    init: str = one_of("auto", "kmeans++", "random")
    max_iterations: int = at_least(1, 1000)
    tolerance: float = field(default=1e-6, metadata={"above": 0.0})
    stop: str = one_of("loglik", "params")
    accelerate: str = one_of("auto", "none", "squarem", "anderson")
    seed: int = at_least(0, 0)
    threads: int | None = at_least(1, None)

    def __post_init__(self) -> None:
        check_fields(self)
        for name in self.covariances:
            if name != "all" and name not in COVARIANCES and not FACTOR.fullmatch(name):
                raise _unknown_word("covariances", name, (*COVARIANCES, "all"))

    def fitting(self, covariance: str) -> FittingSettings:
        """The settings of one candidate's fit."""
        shared = {one.name: getattr(self, one.name) for one in fields(self) if one.name != "covariances"}
        return FittingSettings(covariance=covariance, **shared)


@dataclass(frozen=True)
class SelectKSettings:
    """emcli select-k: how many components, and of what shape."""

    ks: tuple[str, ...] = ("1-10",)
    input: str = "-"
    sweep: SweepSettings = field(default_factory=SweepSettings)
    criterion: str = one_of("bic", "heldout", "aic", "icl")
    rule: str = one_of("best", "1se")
    folds: int = at_least(0, 5)
    test: str | None = None
    group: str | None = None
    bootstrap: int = at_least(0, 0)
    lrt: bool = False
    time_budget: str | None = None
    table: TableSettings = field(default_factory=TableSettings)
    keeping: KeepingSettings = field(default_factory=KeepingSettings)
    running: EngineSettings = field(default_factory=EngineSettings)
    best: str | None = None
    responsibilities: str | None = None
    plot: str | None = None
    digits: int | None = field(default=None, metadata={"least": 1})
    strict: bool = False
    json: bool = False
    output: OutputSettings = field(default_factory=OutputSettings)

    def __post_init__(self) -> None:
        check_fields(self)
        _summary_needs_a_file(self.json, self.output)
        self.numbers  # noqa: B018  read once, so that a wrong -k is told at once
        self.seconds  # noqa: B018
        if self.rule == "1se" and self.criterion != "heldout":
            hint = f"--criterion heldout has one; {self.criterion} has none"
            raise UsageError("1se needs a standard error", where="rule", hint=hint)
        if self.criterion == "heldout" and not self.folds and self.test is None:
            raise UsageError("heldout needs --folds or --test", where="criterion")
        if self.folds == 1:
            raise UsageError("must be at least 2, or 0 for none", where="folds")

    @property
    def numbers(self) -> tuple[int, ...]:
        """The numbers of components, ascending; UsageError if -k cannot be read."""
        return component_numbers(self.ks)

    @property
    def seconds(self) -> float | None:
        """The time budget."""
        return time_budget(self.time_budget)


MOST_COMPONENTS = 10_000
_UNITS = {"": 1.0, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}


def component_numbers(ks: tuple[str, ...]) -> tuple[int, ...]:
    """1-10 or 1,2,4 or both together as numbers, ascending."""
    found: set[int] = set()
    for part in ks:
        first, dash, last = part.strip().partition("-")
        if not (first.isdecimal() and (last.isdecimal() or not dash)):
            raise UsageError(f"'{part}' is not a number of components", where="ks", hint="as in -k 1-10 or -k 1,2,4")
        low, high = int(first), int(last or first)
        if not 1 <= low <= high <= MOST_COMPONENTS:
            raise UsageError(f"'{part}' is not a range from 1 on", where="ks", hint="as in -k 1-10 or -k 1,2,4")
        found.update(range(low, high + 1))
    return tuple(sorted(found))


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


@dataclass(frozen=True)
class AnswerSettings:
    """Which columns of answers stand beside the rows, and how their numbers are written."""

    more: bool = False
    only: bool = False
    label_only: bool = False
    prefix: str = ""
    digits: int | None = field(default=None, metadata={"least": 1})

    def __post_init__(self) -> None:
        check_fields(self)


@dataclass(frozen=True)
class AssignSettings:
    """emcli assign: probabilities and labels for rows under a model."""

    model: str
    input: str = "-"
    answer: AnswerSettings = field(default_factory=AnswerSettings)
    table: TableSettings = field(default_factory=TableSettings)
    running: EngineSettings = field(default_factory=EngineSettings)
    json: bool = False
    output: OutputSettings = field(default_factory=OutputSettings)

    def __post_init__(self) -> None:
        _one_standard_input(self.model, self.input)
        _summary_needs_a_file(self.json, self.output)
        check_parts(self.running, self.input, self.output)


@dataclass(frozen=True)
class SampleSettings:
    """emcli sample: new rows drawn from a model."""

    model: str
    n_rows: int = field(metadata={"least": 0})
    seed: int = at_least(0, 0)
    label: bool = False
    given: tuple[str, ...] = ()
    digits: int | None = field(default=None, metadata={"least": 1})
    json: bool = False
    output: OutputSettings = field(default_factory=OutputSettings)

    def __post_init__(self) -> None:
        check_fields(self)
        _summary_needs_a_file(self.json, self.output)


@dataclass(frozen=True)
class ScoreSettings:
    """emcli score: the log-likelihood of rows under a model."""

    model: str
    input: str = "-"
    per_row: bool = False
    drift: bool = False
    digits: int | None = field(default=None, metadata={"least": 1})
    table: TableSettings = field(default_factory=TableSettings)
    running: EngineSettings = field(default_factory=EngineSettings)
    json: bool = False
    output: OutputSettings = field(default_factory=OutputSettings)

    def __post_init__(self) -> None:
        check_fields(self)
        if self.drift and self.per_row:
            hint = "leave one of them out, or run score twice"
            raise UsageError(
                "compares all rows with those of the fit; --per-row tells of each", where="drift", hint=hint
            )
        _one_standard_input(self.model, self.input)
        _summary_needs_a_file(self.json and self.per_row, self.output)
        if self.per_row:
            check_parts(self.running, self.input, self.output)


@dataclass(frozen=True)
class ShowSettings:
    """emcli show: a model in words and tables."""

    model: str
    csv: bool = False
    json: bool = False
    output: OutputSettings = field(default_factory=OutputSettings)


@dataclass(frozen=True)
class ExplainSettings:
    """emcli explain: what a model says, what carries it, and what it cannot tell."""

    model: str
    seed: int = at_least(0, 0)
    json: bool = False
    output: OutputSettings = field(default_factory=OutputSettings)

    def __post_init__(self) -> None:
        check_fields(self)


@dataclass(frozen=True)
class CompareSettings:
    """emcli compare: two models of the same columns side by side; without rows, on rows drawn from the first."""

    model_a: str
    model_b: str
    rows: str | None = None
    seed: int = at_least(0, 0)
    table: TableSettings = field(default_factory=TableSettings)
    json: bool = False
    output: OutputSettings = field(default_factory=OutputSettings)

    def __post_init__(self) -> None:
        check_fields(self)
        if (self.model_a, self.model_b, self.rows).count("-") > 1:
            raise UsageError("only one of the three can come from standard input", hint="name files for the others")


@dataclass(frozen=True)
class ColumnsSettings:
    """emcli columns: what would be read from a table, and what would be used."""

    input: str = "-"
    table: TableSettings = field(default_factory=TableSettings)
    json: bool = False
    output: OutputSettings = field(default_factory=OutputSettings)


@dataclass(frozen=True)
class CompletionSettings:
    """emcli completion: a script for a shell."""

    shell: str = field(metadata={"choices": ("bash", "zsh", "fish")})
    output: OutputSettings = field(default_factory=OutputSettings)

    def __post_init__(self) -> None:
        check_fields(self)


def _one_standard_input(model: str, rows: str) -> None:
    if model == "-" and rows == "-":
        raise UsageError(
            "the model and the rows cannot both come from standard input",
            hint="name a file for one of them: emcli assign MODEL ROWS.csv",
        )


def _summary_needs_a_file(wanted: bool, output: OutputSettings) -> None:
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
