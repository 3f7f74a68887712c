"""What impute and missing can be told; see `settings` for how settings work."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from emcli.errors import UsageError
from emcli.tasks.settings import (
    EngineSettings,
    FittingSettings,
    KeepingSettings,
    OutputSettings,
    TableSettings,
    at_least,
    check_fields,
    check_parts,
)


@dataclass(frozen=True)
class CompletionSettings:
    """What may stand in a completed cell.

    bounds  COL=LOW:HIGH, either end may be left out
    log     columns modelled by their logarithm
    round   columns completed by whole numbers; `integers`: all columns whose observed cells are whole
    """

    bounds: tuple[str, ...] = ()
    log: str | None = None
    round: str | None = None

    def __post_init__(self) -> None:
        for text in self.bounds:
            parse_bounds(text)


@dataclass(frozen=True)
class ImputeSettings:
    """emcli impute: fill missing cells."""

    input: str = "-"
    n_components: int | None = at_least(1, 1)  # None: the number that BIC chooses
    from_model: str | None = None
    completion: CompletionSettings = field(default_factory=CompletionSettings)
    draws: int = at_least(0, 0)
    fitting: FittingSettings = field(default_factory=FittingSettings)
    table: TableSettings = field(default_factory=TableSettings)
    keeping: KeepingSettings = field(default_factory=KeepingSettings)
    standard_errors: str | None = None
    mark: bool = False
    running: EngineSettings = field(default_factory=EngineSettings)
    draw_files: str | None = None
    pool: str | None = None
    regress: tuple[str, ...] = ()
    check: str | None = None
    digits: int | None = at_least(1, None)
    strict: bool = False
    json: bool = False
    output: OutputSettings = field(default_factory=OutputSettings)

    def __post_init__(self) -> None:
        check_fields(self)
        for wrong, where, message, hint in self._contradictions():
            if wrong:
                raise UsageError(message, where=where, hint=hint)
        if self.check is not None:
            parse_share(self.check)
        check_parts(self.running, self.input, self.output)

    def _contradictions(self) -> tuple[tuple[bool, str, str, str | None], ...]:
        modelled = self.from_model is not None
        named_once = self.draw_files is None or self.draw_files.count("{}") == 1
        checked = self.check is not None and any(
            (self.draw_files, self.pool, self.standard_errors, self.mark, modelled)
        )
        in_parts = self.output.in_parts or self.running.on_cluster
        lost = self.json and self.check is None and self.output.output == "-"
        return (
            (
                self.table.missing != "use",
                "missing",
                f"impute fills the missing cells: '{self.table.missing}' would leave nothing to do",
                "leave --missing out",
            ),
            (
                modelled and self.n_components != 1,
                "from_model",
                "a model is given, so -k has nothing to fit",
                "give either -k N or --model MODEL",
            ),
            (
                self.from_model == "-" and self.input == "-",
                "from_model",
                "the model and the rows cannot both come from standard input",
                "name a file for one of them: emcli impute rows.csv --model MODEL",
            ),
            (
                modelled and self.completion.log is not None,
                "log",
                "logarithms are taken before fitting, and with --model nothing is fitted",
                "leave --model out and say -k N",
            ),
            (
                modelled and self.pool is not None,
                "pool",
                "draws from a given model leave out that its parameters are uncertain, so pooling would overstate",
                "leave --model out and say -k N",
            ),
            (
                self.draws > 0 and self.standard_errors is not None,
                "standard_errors",
                "belongs to the conditional means: draws show their uncertainty by differing",
                "leave --draws or --se out",
            ),
            (self.draw_files is not None and self.draws < 1, "draw_files", "needs --draws M", "for example --draws 20"),
            (not named_once, "draw_files", "needs {} once, where the number goes", "for example imputed_{}.csv"),
            (
                self.pool is not None and self.draws < 2,
                "pool",
                "needs at least two draws to tell how they differ",
                "for example --draws 20",
            ),
            (bool(self.regress) and self.pool is None, "regress", "needs --pool FILE for its answer", None),
            (
                checked,
                "check",
                "only reports how well known cells are found again: it fits, and writes no completed table",
                "leave out --model, --se, --mark, --draw-files and --pool",
            ),
            (
                in_parts and self.check is not None,
                "check",
                "hides cells of the table as a whole, and reports in one piece",
                "leave --engine out, and let -o name a file; a sample of the rows will do",
            ),
            (
                in_parts and self.draws > 0,
                "draws",
                "writes completed tables as a whole, one below the other: they have no parts",
                "leave --engine out, and let -o name a file",
            ),
            (
                in_parts and self.standard_errors is not None,
                "standard_errors",
                "writes one table beside the completed one: with parts there is none",
                "leave --se out; --mark tells in each part what was filled",
            ),
            (lost, "json", "needs -o FILE: the summary goes to standard output, where the rows would go", None),
        )


@dataclass(frozen=True)
class MissingSettings:
    """emcli missing: which cells are missing together, and whether at random."""

    input: str = "-"
    table: TableSettings = field(default_factory=TableSettings)
    keeping: KeepingSettings = field(default_factory=KeepingSettings)
    json: bool = False
    output: OutputSettings = field(default_factory=OutputSettings)

    def __post_init__(self) -> None:
        if self.table.missing != "use":
            raise UsageError("the missing cells are what is looked at here", where="missing", hint="leave it out")


def parse_bounds(text: str) -> tuple[str, float, float]:
    """COL=LOW:HIGH as column, low, high; UsageError if it is not of this form or holds no number."""
    column, equals, ends = text.rpartition("=")
    low_text, colon, high_text = ends.partition(":")
    hint = "for example --bounds ozone=0: or --bounds share=0:1"
    if not equals or not colon or not column:
        raise UsageError(f"'{text}' is not COL=LOW:HIGH", where="bounds", hint=hint)
    low, high = _end(low_text, -math.inf, text), _end(high_text, math.inf, text)
    if not low < high:
        raise UsageError(f"'{text}': nothing lies between {low_text} and {high_text}", where="bounds")
    if math.isinf(low) and math.isinf(high):
        raise UsageError(f"'{text}' bounds nothing", where="bounds", hint=hint)
    return column, low, high


def _end(text: str, if_empty: float, whole: str) -> float:
    if not text.strip():
        return if_empty
    try:
        number = float(text) if text.isascii() and "_" not in text else math.nan
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise UsageError(f"'{whole}': '{text}' is not a number", where="bounds")
    return number


def parse_share(text: str) -> float:
    """10% or 0.1 as a share of the cells, above 0 and at most a half."""
    stripped = text.strip()
    try:
        share = float(stripped.removesuffix("%")) / (100.0 if stripped.endswith("%") else 1.0)
    except ValueError:
        share = math.nan
    if not 0.0 < share <= 0.5:
        raise UsageError(
            f"'{text}' is not a share of the cells between 0 and 50%", where="check", hint="for example --check 10%"
        )
    return share
