"""What select-k can be told."""

from __future__ import annotations

from dataclasses import dataclass, field, fields

from emcli.errors import UsageError
from emcli.tasks.settings.fields import at_least, check_fields, one_of, unknown_word
from emcli.tasks.settings.shared import (
    COVARIANCES,
    FACTOR,
    FAMILIES,
    EngineSettings,
    FittingSettings,
    KeepingSettings,
    OutputSettings,
    TableSettings,
    summary_needs_a_file,
    time_budget,
)

MOST_COMPONENTS = 10_000


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
                raise unknown_word("covariances", name, (*COVARIANCES, "all"))

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
        summary_needs_a_file(self.json, self.output)
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
