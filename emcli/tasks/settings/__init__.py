"""What each command can be told: one frozen dataclass per command, checked when it is made.

Options that several commands share are dataclasses of their own (how a table is read, how a mixture is
fitted, where the product goes) and appear as fields of the commands' settings.  The same classes are filled
by flags, by environment variables, by a settings file and by Python callers, so a value is checked in one
place: here (those of impute and missing, and of plot and report, are imported from their own modules).

A field says what it accepts in its metadata (`choices`, `least`, `above`).  A value that is not accepted is a
UsageError whose `where` is the field's name; the command line replaces it by the flag, variable or key the
value came from.  Nothing heavy is imported: help is printed from these classes.
"""

from __future__ import annotations

from emcli.tasks.settings.fields import at_least, check_fields, one_of
from emcli.tasks.settings.fit import FitSettings
from emcli.tasks.settings.rows import AnswerSettings, AssignSettings, SampleSettings, ScoreSettings
from emcli.tasks.settings.select_k import SelectKSettings, SweepSettings, component_numbers
from emcli.tasks.settings.shared import (
    COVARIANCES,
    FAMILIES,
    EngineSettings,
    FittingSettings,
    KeepingSettings,
    OutputSettings,
    TableSettings,
    check_parts,
    duration,
    time_budget,
)
from emcli.tasks.settings.telling import (
    ColumnsSettings,
    CompareSettings,
    CompletionSettings,
    ExplainSettings,
    ShowSettings,
)

__all__ = [
    "COVARIANCES",
    "FAMILIES",
    "AnswerSettings",
    "AssignSettings",
    "ColumnsSettings",
    "CompareSettings",
    "CompletionSettings",
    "EngineSettings",
    "ExplainSettings",
    "FitSettings",
    "FittingSettings",
    "KeepingSettings",
    "OutputSettings",
    "SampleSettings",
    "ScoreSettings",
    "SelectKSettings",
    "ShowSettings",
    "SweepSettings",
    "TableSettings",
    "at_least",
    "check_fields",
    "check_parts",
    "component_numbers",
    "duration",
    "one_of",
    "time_budget",
]
