"""What a model cannot tell, in sentences: read off the record of its fit and off the mixture itself.

A model file may have been edited and its record may say little: what is not there is passed over.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from emcli.core.describe.information import Information
from emcli.core.judge.degeneracy import FEW_ROWS, estimates_covariances, needles
from emcli.core.model.mixture import Mixture
from emcli.data.rows import FloatArray
from emcli.tasks.fitting.fit_notes import FEW_ROWS_PER_PARAMETER, odds

KINDS = {"gaussian": "normal", "t": "t"}
CRITERIA = {"heldout": "the likelihood of rows held out"}
MUCH_OVERLAP = 0.5  # from here on two components may well be one cluster
NEARLY_AS_LIKELY = 3.0  # nats: another sample of rows could have turned the order round
MANY_MISSING = 0.2  # share of a column's cells


def cautions(
    record: Mapping[str, Any], mixture: Mixture, told: Information, overlap: FloatArray, columns: list[str]
) -> Iterator[str]:
    """Sentences, complete as they are, from how the model was found to what no model can tell."""
    if not record:
        yield "the file does not say how the model came about, so nothing is known of how well it fits"
    yield from of_search(record)
    yield from of_rows(record, mixture)
    yield from of_overlap(mixture, told, overlap)
    for sentence, where in mixture.family.tail.at_bounds.items():
        if where:
            yield f"component {', '.join(str(k + 1) for k in where)}: {sentence}"
    yield from of_holes(record, columns)
    yield from of_number(record, mixture.n_components)
    kind = KINDS.get(mixture.family.name, mixture.family.name)
    yield (
        f"the components describe the density of the rows by {kind} distributions; whether each is a group in the "
        "world, no fit can tell"
    )


def of_search(record: Mapping[str, Any]) -> Iterator[str]:
    """Whether there may be a better optimum."""
    if record.get("converged") is False:
        yield "the climb was stopped before it converged: a longer run (--max-iter) may move the components"
    starts = record.get("starts")
    if isinstance(starts, Mapping) and record.get("converged"):
        tried, met = _number(starts, "tried"), _number(starts, "agree")
        if tried is not None and tried < 2:
            settings = record.get("settings")
            k = _number(settings, "n_components") if isinstance(settings, Mapping) else None
            if k != 1:
                yield "a single start was climbed: a better optimum may exist elsewhere"
        elif met is not None and met >= 1:
            yield odds(int(met))
    other = record.get("next_best")
    if isinstance(other, Mapping):
        below, moved = _number(other, "below"), _number(other, "rows_moved")
        if below is not None and moved is not None:
            yield _second(below, moved)


def _second(below: float, moved: float) -> str:
    if below < 0.0:
        return (
            f"a solution {-below:.1f} nats more likely was met and not trusted: it rests on very few or on equal rows; "
            f"it groups {100 * moved:.0f} % of the rows differently"
        )
    likely = "is nearly as likely" if below < NEARLY_AS_LIKELY else "is less likely"
    return f"a second solution {likely} ({below:.1f} nats lower) and groups {100 * moved:.0f} % of the rows differently"


def of_rows(record: Mapping[str, Any], mixture: Mixture) -> Iterator[str]:
    """Whether there were enough rows for so many numbers."""
    n_rows, d = _number(record, "n_rows"), mixture.family.n_features
    if n_rows is not None and mixture.n_components > 1 and n_rows < FEW_ROWS_PER_PARAMETER * mixture.n_parameters:
        yield f"{mixture.n_parameters} parameters from {n_rows:,.0f} rows are too many to trust"
    if n_rows is not None and mixture.family.model.own_covariances:
        for k, weight in enumerate(mixture.weights.tolist(), 1):
            if weight * n_rows < FEW_ROWS * (d + 1):
                yield f"component {k} rests on about {weight * n_rows:.0f} rows: its spread is hardly determined"
    if estimates_covariances(mixture):
        for k in (np.flatnonzero(needles(mixture)) + 1).tolist():
            yield f"component {k} is all but flat in one direction: equal or rounded values, or columns that are sums"


def of_overlap(mixture: Mixture, told: Information, overlap: FloatArray) -> Iterator[str]:
    """Which components may be one."""
    for a in range(mixture.n_components):
        for b in range(a + 1, mixture.n_components):
            if overlap[a, b] >= MUCH_OVERLAP:
                mistaken = max(told.confusion[a, b], told.confusion[b, a])
                yield (
                    f"{a + 1} and {b + 1} overlap by {overlap[a, b]:.2f} (up to {100 * mistaken:.0f} % of the rows of "
                    "one would be put to the other): they may be one cluster of another shape"
                )


def of_holes(record: Mapping[str, Any], columns: list[str]) -> Iterator[str]:
    """Which columns were hardly seen."""
    training = record.get("training")
    described = training.get("columns") if isinstance(training, Mapping) else None
    if not isinstance(described, Mapping):
        return
    for name in columns:
        share = _number(described.get(name), "missing")
        if share is not None and share >= MANY_MISSING:
            yield f"{100 * share:.0f} % of '{name}' was missing: what is said of it leans on the other columns"


def of_number(record: Mapping[str, Any], k: int) -> Iterator[str]:
    """Where the number of components comes from."""
    chosen = record.get("chosen_by")
    if isinstance(chosen, Mapping) and isinstance(chosen.get("components"), list) and chosen["components"]:
        tried = [int(n) for n in chosen["components"] if isinstance(n, int)]
        criterion = CRITERIA.get(str(chosen.get("criterion")), str(chosen.get("criterion")).upper())
        if tried:
            yield f"the number k = {k} was chosen by {criterion} among {min(tried)} to {max(tried)}"
    elif "settings" in record:
        yield f"the number k = {k} was given, not found: emcli select-k compares it with other numbers"


def _number(mapping: Any, key: str) -> float | None:
    value = mapping.get(key) if isinstance(mapping, Mapping) else None
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
