"""emcli from Python: the same fits, with pandas DataFrames in and out.

    import emcli
    model = emcli.fit(frame, k=3)
    model.assign(frame)              # frame with cluster and p_1 .. p_k
    model.save("model.yaml")         # the file that `emcli fit` writes

Columns that are not numbers take no part unless named, as on the command line.  Missing cells are NaN or None.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from emcli.core.complete.sampling import draw
from emcli.core.describe.portrait import portrait_of
from emcli.core.fit.fitting import fit_mixture
from emcli.core.model.mixture import Mixture
from emcli.core.model.plain import from_plain
from emcli.core.passes.evaluation import Evaluator, entropy
from emcli.data.blocks import in_blocks
from emcli.data.rows import FloatArray
from emcli.errors import BadData, UsageError
from emcli.io.models.model_file import model_form, read_model, write_model
from emcli.io.write.outputs.output import open_output
from emcli.tasks.fitting.fit_options import fit_options
from emcli.tasks.fitting.fitted_model import describe
from emcli.tasks.fitting.training import training_record
from emcli.tasks.settings import FittingSettings


@dataclass(frozen=True, eq=False)
class Model:
    """A fitted mixture; `plain` is the content of its model file."""

    plain: Mapping[str, Any]

    @cached_property
    def mixture(self) -> Mixture:
        """The mixture itself, in data units."""
        return from_plain(self.plain)

    @property
    def columns(self) -> list[str]:
        """Names of the modelled columns, in the model's order."""
        return list(self.plain["columns"])

    @property
    def log_likelihood(self) -> float:
        """Total over the rows of the fit, natural logarithm, observed cells."""
        return float(self.plain["fit"]["log_likelihood"])

    @property
    def weights(self) -> pd.Series:
        """Share of each component, indexed from 1."""
        return pd.Series(self.mixture.weights, index=self._clusters, name="weight")

    @property
    def means(self) -> pd.DataFrame:
        """Means, one row per component, column units."""
        return pd.DataFrame(self.mixture.family.means, index=self._clusters, columns=self.columns)

    def covariance(self, cluster: int) -> pd.DataFrame:
        """The covariance matrix of a component (the scale matrix of a t), counted from 1, squared column units."""
        family = self.mixture.family
        matrix = family.model.layout.dense(family.covariances)[cluster - 1]
        return pd.DataFrame(matrix, index=self.columns, columns=self.columns)

    def responsibilities(self, frame: pd.DataFrame) -> pd.DataFrame:
        """p_1 .. p_k for every row of the frame, on its index; rows sum to 1."""
        answer = self._evaluator(_numbers(frame, self.columns)).responsibilities
        return pd.DataFrame(answer, index=frame.index, columns=self._probabilities)

    def assign(self, frame: pd.DataFrame, *, more: bool = False, prefix: str = "") -> pd.DataFrame:
        """The frame with cluster, p_1 .. p_k and, with more, uncertainty, entropy and log_density beside it.

        Raises UsageError if a new column would replace one of the frame's.
        """
        evaluation = self._evaluator(_numbers(frame, self.columns))
        r = evaluation.responsibilities
        new: dict[str, Any] = {"cluster": evaluation.labels + 1}
        new |= dict(zip(self._probabilities, r.T, strict=True))
        if more:
            new |= {"uncertainty": 1.0 - r.max(axis=1), "entropy": entropy(r), "log_density": evaluation.log_density}
        answers = pd.DataFrame({prefix + name: cells for name, cells in new.items()}, index=frame.index)
        clashes = [name for name in answers.columns if name in frame.columns]
        if clashes:
            raise UsageError(f"the frame already has a column named '{clashes[0]}'", hint="give a prefix")
        return pd.concat([frame, answers], axis=1)

    def sample(
        self, n: int, *, seed: int = 0, given: Mapping[str, float] | None = None, label: bool = False
    ) -> pd.DataFrame:
        """n rows drawn from the mixture, or from it under the condition that some columns have given values."""
        conditions = {self.columns.index(name): value for name, value in (given or {}).items()}
        values, labels = draw(self.mixture, n, np.random.default_rng(seed), conditions)
        frame = pd.DataFrame(values, columns=self.columns)
        return frame.assign(cluster=labels + 1) if label else frame

    def score(self, frame: pd.DataFrame) -> pd.Series:
        """Log density of every row, nats; its sum is the log-likelihood."""
        density = self._evaluator(_numbers(frame, self.columns)).log_density
        return pd.Series(density, index=frame.index, name="log_density")

    def save(self, path: str) -> None:
        """Write the model file: YAML, or JSON by the extension."""
        with open_output(path) as out:
            write_model(self.plain, out, form=model_form(path))

    @cached_property
    def _evaluator(self) -> Evaluator:
        return Evaluator(self.mixture)

    @property
    def _probabilities(self) -> list[str]:
        return [f"p_{k}" for k in self._clusters] + ["p_0"] * (self.mixture.noise is not None)

    @property
    def _clusters(self) -> range:
        return range(1, len(self.plain["components"]) + 1)


def load(path: str) -> Model:
    """The model of a file, checked; raises BadModel where it is damaged."""
    return Model(read_model(path))


def fit(
    frame: pd.DataFrame,
    k: int,
    *,
    columns: Sequence[str] | None = None,
    weights: str | None = None,
    settings: FittingSettings | None = None,
) -> Model:
    """The best mixture of k components for the rows of a frame.

    columns   names of the columns to model; by default all numeric ones (the weights apart)
    weights   a column that says how often each row counts
    settings  how to search: covariance, hard, scale, starts, seed and so on, as on the command line
    Raises CannotFit where the rows do not determine the model.
    """
    settings = settings or FittingSettings()
    names = list(columns) if columns is not None else _numeric_columns(frame, weights)
    options = fit_options(settings, k)
    case_weights = np.ones(len(frame)) if weights is None else _numbers(frame, [weights])[:, 0]
    values = _numbers(frame, names)
    fitted = fit_mixture(values, case_weights, options, columns=names)
    training = training_record(portrait_of(fitted.mixture, in_blocks(values, case_weights)), names)
    return Model(describe(fitted, names, settings, {"n_components": k}, training=training))


def _numeric_columns(frame: pd.DataFrame, weights: str | None) -> list[str]:
    """Names of the columns of numbers that vary."""
    numeric: list[Hashable] = list(frame.select_dtypes("number").columns)
    names = [str(name) for name in numeric if name != weights and frame[name].nunique() > 1]
    if not names:
        raise BadData("the frame has no numeric column that varies")
    return names


def _numbers(frame: pd.DataFrame, names: Sequence[str]) -> FloatArray:
    """The named columns (n, d) as doubles, NaN where missing; raises BadData where one is absent or not numbers."""
    absent = [name for name in names if name not in frame.columns]
    if absent:
        raise BadData(f"no column named '{absent[0]}'", detail=f"columns: {', '.join(map(str, frame.columns))}")
    try:
        values = frame[list(names)].to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError) as error:
        raise BadData(f"a cell is not a number: {error}") from error
    if np.isinf(values).any():
        raise BadData("a cell is infinite")
    return values
