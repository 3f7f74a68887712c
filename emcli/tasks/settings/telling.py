"""What the commands can be told that tell of models and tables: show, explain, compare and columns; and completion."""

from __future__ import annotations

from dataclasses import dataclass, field

from emcli.errors import UsageError
from emcli.tasks.settings.fields import at_least, check_fields
from emcli.tasks.settings.shared import OutputSettings, TableSettings


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
