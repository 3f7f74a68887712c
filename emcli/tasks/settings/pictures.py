"""What plot and report can be told; see `settings` for how settings work."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from emcli.errors import UsageError
from emcli.io.read.tables.read_options import ReadOptions
from emcli.tasks.settings import OutputSettings, at_least, check_fields, one_of

_SIZE = re.compile(r"([0-9]+(?:\.[0-9]+)?)x([0-9]+(?:\.[0-9]+)?)")
SMALLEST, LARGEST = 1.0, 60.0  # inches


@dataclass(frozen=True)
class LookSettings:
    """Which rows and columns are looked at, and how many points are drawn.

    shown  the model's columns that are drawn, by the words of -c; None: the most telling ones
    """

    shown: str | None = None
    id: str | None = None
    missing: str = one_of("use", "drop", "error")
    points: int = at_least(1, 2000)
    seed: int = at_least(0, 0)
    reading: ReadOptions = field(default_factory=ReadOptions)

    def __post_init__(self) -> None:
        check_fields(self)


@dataclass(frozen=True)
class PlotSettings:
    """emcli plot: one picture of a model, and of rows under it."""

    model: str
    data: str | None = None
    kind: str = one_of("pairs", "density", "profile", "uncertainty", "trace", "scores", "kmeans-vs-em")
    scores: str | None = None
    trace_table: str | None = None
    step_models: str | None = None
    frames: str | None = None
    animate: str | None = None
    size: str | None = None
    dpi: int = at_least(20, 150)
    look: LookSettings = field(default_factory=LookSettings)
    json: bool = False
    output: OutputSettings = field(default_factory=OutputSettings)

    def __post_init__(self) -> None:
        check_fields(self)
        self.inches  # noqa: B018  read once, so that a wrong size is told at once
        refuse_two_streams(self.model, self.data)
        moving = self.frames is not None or self.animate is not None
        if moving and self.kind != "trace":
            raise UsageError(
                f"'{self.kind}' does not move", where="frames" if self.frames else "animate", hint="--kind trace does"
            )
        if moving and self.step_models is None:
            hint = "write one with emcli fit --trace-models steps.jsonl, then give it with --trace-models"
            raise UsageError("needs the models of every step", where="frames" if self.frames else "animate", hint=hint)
        if self.animate is not None and not self.animate.lower().endswith(".gif"):
            raise UsageError(f"a moving picture cannot be '{self.animate}'", where="animate", hint="end it in .gif")
        if not moving and self.output.output == "-":
            raise UsageError("the picture needs a name", where="output", hint="-o picture.png, .svg or .pdf")
        self._needs()

    def _needs(self) -> None:
        """Every kind has what it draws."""
        missing = {
            "uncertainty": (self.data, "the rows", "emcli plot MODEL INPUT --kind uncertainty"),
            "kmeans-vs-em": (self.data, "the rows", "emcli plot MODEL INPUT --kind kmeans-vs-em"),
            "scores": (self.scores, "the table of select-k", "--scores scores.csv, as select-k -o writes it"),
            "trace": (
                self.trace_table if self.frames is None and self.animate is None else self.step_models,
                "the steps of the climb",
                "--trace trace.csv, as fit --trace writes it",
            ),
        }
        given, what, hint = missing.get(self.kind, ("", "", ""))
        if given is None:
            raise UsageError(f"{self.kind} needs {what}", where="kind", hint=hint)

    @property
    def inches(self) -> tuple[float, float] | None:
        """Width and height of the picture; UsageError if they cannot be read."""
        if self.size is None:
            return None
        found = _SIZE.fullmatch(self.size.strip().lower())
        inches = (float(found[1]), float(found[2])) if found else (0.0, 0.0)
        if not all(SMALLEST <= length <= LARGEST for length in inches):
            hint = "width x height in inches, as in --size 8x6"
            raise UsageError(f"'{self.size}' is not a size", where="size", hint=hint)
        return inches


@dataclass(frozen=True)
class ReportSettings:
    """emcli report: one page about a model, and about rows under it."""

    model: str
    data: str | None = None
    scores: str | None = None
    trace_table: str | None = None
    look: LookSettings = field(default_factory=LookSettings)
    json: bool = False
    output: OutputSettings = field(default_factory=OutputSettings)

    def __post_init__(self) -> None:
        refuse_two_streams(self.model, self.data)
        if self.json and self.output.output == "-":
            raise UsageError(
                "needs -o FILE: the summary goes to standard output, where the page would go", where="json"
            )


def refuse_two_streams(model: str, rows: str | None) -> None:
    """Standard input holds one thing."""
    if model == "-" and rows == "-":
        raise UsageError(
            "the model and the rows cannot both come from standard input",
            hint="name a file for one of them: emcli report MODEL ROWS.csv",
        )
