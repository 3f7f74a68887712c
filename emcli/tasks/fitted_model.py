"""The model file of a fit: the mixture, and how it came about, in the order in which a reader wants it."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import emcli
from emcli.core.fitting import Fitted
from emcli.core.plain import to_plain
from emcli.io.numeric_table import NumericTable
from emcli.tasks.settings import FitSettings

FORMAT = "emcli-model/1"
WITHOUT_EFFECT = {"threads", "seed"}
"""Fitting options that do not shape the result, or have a place of their own."""


def describe(fitted: Fitted, table: NumericTable, settings: FitSettings) -> dict[str, Any]:
    """The dict that is written as the model file."""
    return {
        "format": FORMAT,
        **to_plain(fitted.mixture, table.columns),
        "fit": {
            "n_rows": fitted.n_rows,
            "n_missing_cells": fitted.n_missing_cells,
            "log_likelihood": fitted.log_likelihood,
            **({"classification_log_likelihood": fitted.objective} if settings.fitting.hard else {}),
            "n_parameters": fitted.n_parameters,
            "bic": fitted.criteria.bic,
            "aic": fitted.criteria.aic,
            "icl": fitted.criteria.icl,
            "iterations": fitted.iterations,
            "converged": fitted.converged,
            "stop_reason": fitted.stop_reason.value,
            "predicted_gain": None if fitted.predicted_gain != fitted.predicted_gain else fitted.predicted_gain,
            "starts": {
                "tried": fitted.audit.tried,
                "failed": fitted.audit.failed,
                "agree": fitted.audit.agree,
            },
            "seed": settings.fitting.seed,
            "settings": chosen(settings),
            "input_sha256": table.sha256,
            "emcli": emcli.__version__,
        },
    }


def chosen(settings: FitSettings) -> dict[str, Any]:
    """Every option that shaped the result."""
    fitting = {f.name: getattr(settings.fitting, f.name) for f in fields(settings.fitting)}
    rows = {name: getattr(settings.table, name) for name in ("columns", "exclude", "weights", "missing")}
    answer = {"n_components": settings.n_components, **fitting, **rows}
    return {name: value for name, value in answer.items() if name not in WITHOUT_EFFECT and value is not None}
