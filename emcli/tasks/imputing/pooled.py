"""--pool and --regress: what completed tables say together, by Rubin's rules."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import astuple, dataclass

import numpy as np

from emcli.core.complete.pooling import Estimates, column_means, pool, regression
from emcli.core.sweep.rows import Rows
from emcli.data.rows import FloatArray
from emcli.errors import CannotFit, UsageError
from emcli.io.write.outputs.output import ByteSink
from emcli.io.write.sinks.row_sink import new_table

HEADER = (
    "analysis",
    "term",
    "estimate",
    "std_error",
    "df",
    "low_95",
    "high_95",
    "p_value",
    "missing_information",
)
INTERCEPT = "(intercept)"


@dataclass(frozen=True)
class Formula:
    """y ~ x1 + x2: least squares of a column on others."""

    text: str
    response: int
    predictors: tuple[int, ...]


def parse_formula(text: str, columns: Sequence[str]) -> Formula:
    """The columns of `y ~ x1 + x2`; a name with + or ~ in it stands in backquotes."""
    sides = re.split(r"~(?=(?:[^`]*`[^`]*`)*[^`]*$)", text)
    if len(sides) != 2:
        raise UsageError(f"'{text}' is not of the form 'y ~ x1 + x2'", where="--regress")
    terms = re.split(r"\+(?=(?:[^`]*`[^`]*`)*[^`]*$)", sides[1])
    response, *predictors = (_column(name, text, columns) for name in (sides[0], *terms))
    if response in predictors or len(set(predictors)) < len(predictors):
        raise UsageError(f"'{text}': a column stands there twice", where="--regress")
    return Formula(text.strip(), response, tuple(predictors))


def _column(name: str, text: str, columns: Sequence[str]) -> int:
    stripped = name.strip()
    bare = stripped[1:-1] if len(stripped) > 1 and stripped[0] == stripped[-1] == "`" else stripped
    if bare not in columns:
        raise UsageError(
            f"'{text}': no modelled column named '{bare}'", where="--regress", detail=f"columns: {', '.join(columns)}"
        )
    return list(columns).index(bare)


def write_pooled(out: ByteSink, rows: Rows, draws: Sequence[FloatArray], formulas: Sequence[Formula]) -> None:
    """Means of the modelled columns and coefficients of the regressions, one line each."""
    tables = [completed(rows.values, cells) for cells in draws]
    means = [column_means(table, rows.case_weights) for table in tables]
    lines = [("mean", term, *astuple(one)) for term, one in zip(rows.columns, pool(means), strict=True)]
    for formula in formulas:
        terms = (INTERCEPT, *(rows.columns[j] for j in formula.predictors))
        fits = [_regressed(formula, table, rows.case_weights) for table in tables]
        lines += [(formula.text, term, *astuple(one)) for term, one in zip(terms, pool(fits), strict=True)]
    new_table(out, HEADER).write_rows([list(column) for column in zip(*lines, strict=True)])


def completed(values: FloatArray, cells: FloatArray) -> FloatArray:
    """The rows (n, d) with their missing cells, in row order, filled."""
    table = values.copy()
    table[np.isnan(values)] = cells
    return table


def _regressed(formula: Formula, table: FloatArray, weights: FloatArray) -> Estimates:
    if weights.sum() <= len(formula.predictors) + 1:
        raise CannotFit(f"too few rows for the regression '{formula.text}'")
    try:
        return regression(table[:, formula.response], table[:, formula.predictors], weights)
    except np.linalg.LinAlgError as problem:
        raise CannotFit(f"the predictors of '{formula.text}' are collinear") from problem
