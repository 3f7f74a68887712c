"""What the commands can be told that bring a model and rows together: assign, score, and sample, which makes rows."""

from __future__ import annotations

from dataclasses import dataclass, field

from emcli.errors import UsageError
from emcli.tasks.settings.fields import at_least, check_fields
from emcli.tasks.settings.shared import (
    EngineSettings,
    OutputSettings,
    TableSettings,
    check_parts,
    one_standard_input,
    summary_needs_a_file,
)


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
        one_standard_input(self.model, self.input)
        summary_needs_a_file(self.json, self.output)
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
        summary_needs_a_file(self.json, self.output)


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
        one_standard_input(self.model, self.input)
        summary_needs_a_file(self.json and self.per_row, self.output)
        if self.per_row:
            check_parts(self.running, self.input, self.output)
