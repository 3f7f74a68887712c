"""What a mixture says about the rows of a block, with an error that names the row it can say nothing about."""

from __future__ import annotations

import numpy as np

from emcli.core.passes.evaluation import Evaluation, Evaluator
from emcli.data.rows import BoolArray, FloatArray
from emcli.errors import BadData
from emcli.io.read.tables.row_block import RowBlock
from emcli.io.read.tables.table_source import TableSource


def judge(evaluate: Evaluator, values: FloatArray, keep: BoolArray, block: RowBlock, source: TableSource) -> Evaluation:
    """The evaluation of the rows that are kept; BadData if one lies where every density is below what doubles hold."""
    evaluation = evaluate(values[keep])
    lost = ~np.isfinite(evaluation.log_density)
    if lost.any():
        row = int(np.flatnonzero(keep)[int(lost.argmax())])
        raise BadData(
            "this row is so far from the model that no probability can be computed for it",
            where=block.place(row).where,
            hint="are its numbers in the units of the model?",
        )
    return evaluation
