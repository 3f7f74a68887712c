"""The model file of a fit: the mixture, and how it came about, in the order in which a reader wants it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from math import isnan
from typing import Any

import emcli
from emcli.core.fit.fitting import Fitted
from emcli.core.fit.tracing import TracePoint
from emcli.core.model.mixture import Mixture
from emcli.core.model.plain import to_plain
from emcli.tasks.settings import FittingSettings

FORMAT = "emcli-model/1"
WITHOUT_EFFECT = {"threads", "seed"}
"""Fitting options that do not shape the result, or have a place of their own."""


def describe(
    fitted: Fitted,
    columns: Sequence[str],
    fitting: FittingSettings,
    choices: Mapping[str, Any],
    *,
    input_sha256: str | None = None,
    chosen_by: Mapping[str, Any] | None = None,
    training: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The dict that is written as the model file.

    choices    options beyond those of the fitting that shaped the result; None: not given
    chosen_by  what the number of components was chosen from, and by what
    training   what the rows of the fit look like to the model: see `training`
    """
    return {
        "format": FORMAT,
        **to_plain(fitted.mixture, columns),
        "fit": {
            "n_rows": fitted.n_rows,
            "n_missing_cells": fitted.n_missing_cells,
            "log_likelihood": fitted.log_likelihood,
            **({"classification_log_likelihood": fitted.objective} if fitting.hard else {}),
            "n_parameters": fitted.n_parameters,
            "bic": fitted.criteria.bic,
            "aic": fitted.criteria.aic,
            "icl": fitted.criteria.icl,
            "iterations": fitted.iterations,
            "converged": fitted.converged,
            "stop_reason": fitted.stop_reason.value,
            "predicted_gain": None if isnan(fitted.predicted_gain) else fitted.predicted_gain,
            "starts": {
                "tried": fitted.audit.tried,
                "failed": fitted.audit.failed,
                "agree": fitted.audit.agree,
            },
            **next_best(fitted),
            "seed": fitting.seed,
            "settings": chosen(fitting, choices),
            **({"input_sha256": input_sha256} if input_sha256 else {}),
            **({"chosen_by": dict(chosen_by)} if chosen_by else {}),
            **({"training": dict(training)} if training else {}),
            "emcli": emcli.__version__,
        },
    }


def step_model(point: TracePoint, mixture: Mixture, columns: Sequence[str]) -> dict[str, Any]:
    """The dict of one step of a climb: a model like any other, whose fit is not finished."""
    record = {"iteration": point.iteration, "log_likelihood": point.log_likelihood, "emcli": emcli.__version__}
    return {"format": FORMAT, **to_plain(mixture, columns), "fit": record}


def next_best(fitted: Fitted) -> dict[str, Any]:
    """The most likely optimum that was not chosen, if the search met another one."""
    if not fitted.alternatives:
        return {}
    other = fitted.alternatives[0]
    gap = fitted.log_likelihood - other.log_likelihood
    return {"next_best": {"below": gap, "agreement": other.agreement, "rows_moved": other.moved}}


def chosen(fitting: FittingSettings, choices: Mapping[str, Any]) -> dict[str, Any]:
    """Every option that shaped the result."""
    answer = {**choices, **{f.name: getattr(fitting, f.name) for f in fields(fitting)}}
    return {name: value for name, value in answer.items() if name not in WITHOUT_EFFECT and value is not None}
