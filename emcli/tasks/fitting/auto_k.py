"""fit -k auto: the number of components that select-k -k 1-10 would choose by BIC under the same covariance model."""

from __future__ import annotations

import math
import time
from dataclasses import fields
from typing import Any

from emcli.core.sweep.rows import Rows
from emcli.errors import UsageError
from emcli.tasks.backend.place import Place
from emcli.tasks.fitting.scores import SweepBegun, told
from emcli.tasks.fitting.selection import Question, Selection, SweepWatch, choose, in_words
from emcli.tasks.model_rows.reports import TableRead
from emcli.tasks.settings import FitSettings, SweepSettings

KS = tuple(range(1, 11))
SHORTEST = 0.01  # seconds that a sweep is given in any case


def fit_best(
    settings: FitSettings, rows: Rows, read: TableRead, watch: SweepWatch | None, deadline: float, *, place: Place
) -> Selection:
    """The fit of the chosen number of components, as it was scored: it is not fitted again.

    deadline  on the monotonic clock, when the best so far is taken; infinite: never
    """
    if settings.trace is not None or settings.trace_models is not None:
        where = "--trace" if settings.trace is not None else "--trace-models"
        raise UsageError("a trace needs a number of components", where=where, hint="find it first, then use -k N")
    sweep = sweep_settings(settings)
    tell = watch or (lambda event: None)
    tell(SweepBegun(read, KS, sweep.covariances))
    left = deadline - time.monotonic()
    seconds = max(left, SHORTEST) if math.isfinite(left) else None
    question = Question(KS, sweep, seconds=seconds, compare_kmeans=False)
    return choose(rows, question, lambda event: tell(told(event)), place)


def sweep_settings(settings: FitSettings) -> SweepSettings:
    """The settings of the fit as those of a sweep over one covariance model."""
    fitting = settings.fitting
    shared = {one.name: getattr(fitting, one.name) for one in fields(fitting) if one.name != "covariance"}
    try:
        return SweepSettings(covariances=(fitting.covariance,), **shared)
    except UsageError as problem:
        if problem.where != "init":
            raise
        hint = "-k auto starts from auto, kmeans++ or random"
        raise UsageError("a given start has a number of components", where="--init", hint=hint) from None


def record(selection: Selection) -> dict[str, Any]:
    """What the model file says about the choice."""
    return {
        "criterion": "bic",
        "rule": "best",
        "covariances": list(selection.covariances),
        "components": list(KS),
        "complete": selection.complete,
    }


def sentences(selection: Selection) -> list[str]:
    """What a reader should be told about the choice."""
    values = [f"{score.k}: {score.fitted.criteria.bic:.1f}" for score in selection.scores if score.fitted]
    chosen = f"k = {selection.chosen.k} was chosen by BIC ({', '.join(values)})"
    late = [] if selection.complete else ["the time budget ran out: this is the best answer so far"]
    return [chosen, *late, *(in_words(tie, selection.chosen, "bic") for tie in selection.ties)]
