"""What fit can be told."""

from __future__ import annotations

from dataclasses import dataclass, field

from emcli.errors import UsageError
from emcli.tasks.settings.fields import check_fields
from emcli.tasks.settings.shared import (
    EngineSettings,
    FittingSettings,
    KeepingSettings,
    OutputSettings,
    TableSettings,
    time_budget,
)


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
