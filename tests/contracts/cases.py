"""Every family under every covariance model, with and without gaps, and random examples of each.

The cases come from the tables of the program: a new family or covariance model joins all contracts by its line there.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from emcli.core.families import FAMILIES, Elliptical
from emcli.core.families.elliptical.covariances import COVARIANCES, Covariance
from emcli.core.fit.asking import Answer, Question, ask, drive
from emcli.core.fit.passing import Passing
from emcli.core.model.assignment import Assignment, soft
from emcli.core.model.known import Known
from emcli.core.model.mixture import Mixture
from emcli.core.model.noise import Noise
from emcli.core.model.parameters import MixtureModel
from emcli.core.model.segments import one
from emcli.core.passes.case_weights import CaseWeights
from emcli.core.rows.engine import Serial
from emcli.data.chunk import Chunk, cut
from emcli.data.rows import BoolArray, FloatArray

from ..single import model_of

quick = settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    database=None,
    # the form of the arithmetic, a fixture, is the same for all examples of a test
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.function_scoped_fixture],
)


class OneBlock(list[list[Chunk]]):
    """Chunks that are a block, and that a part."""

    parts = (0,)

    def __init__(self, chunks: list[Chunk]) -> None:
        super().__init__([chunks])


@dataclass(frozen=True)
class Case:
    """One cell of the table of contracts."""

    family: str
    covariance: str
    gaps: bool
    noise: bool = False

    @property
    def model(self) -> Covariance:
        return COVARIANCES[self.covariance]

    def __str__(self) -> str:
        return f"{self.family}-{self.covariance}{'-noise' * self.noise}-{'gaps' if self.gaps else 'complete'}"


# "full" is another name of VVV, and so on: one name per model is enough.
DIFFERENT = {str(getattr(model, "letters", name)): name for name, model in reversed(COVARIANCES.items())}


TRIED = {
    "gaussian": [(name, gaps) for name in COVARIANCES if name in DIFFERENT.values() for gaps in (False, True)],
    "t": [("full", True), ("VEI", False)],
}
"""Under which covariance models, and whether with gaps, a family is tried: tails do not meet every constraint."""

WITH_NOISE = Case("gaussian", "full", gaps=True, noise=True)


def _params(gaps: tuple[bool, ...]) -> list[object]:
    cases = [Case(family, *tried) for family in FAMILIES for tried in TRIED[family]]
    return [pytest.param(case, id=str(case)) for case in [*cases, WITH_NOISE] if case.gaps in gaps]


CASES = _params((False, True))
COMPLETE = _params((False,))


@dataclass(frozen=True, eq=False)
class Example:
    """Rows, their weights, and a mixture that is not their maximum-likelihood one.

    values (n, d), NaN where missing; case_weights (n,); labels (n,) the components the rows were drawn from; no
    covariance is below the floor
    """

    values: FloatArray
    case_weights: FloatArray
    labels: FloatArray
    mixture: Mixture
    floor: FloatArray | None = None

    def chunks(self, rows_per_chunk: int = 16) -> list[Chunk]:
        return cut(self.values, self.case_weights, rows_per_chunk)

    @cached_property
    def model(self) -> MixtureModel:
        return model_of(self.mixture, self.floor)

    def passing(
        self,
        assignment: Assignment = soft,
        known: Known | None = None,
        case_weights: CaseWeights | None = None,
        rows_per_chunk: int = 16,
    ) -> Passing:
        """The rows, ready to answer."""
        return Passing(Serial(OneBlock(self.chunks(rows_per_chunk))), assignment, known, case_weights)

    def question(self, assignment: Assignment = soft) -> Question:
        """What EM makes of the mixture."""
        return Question(self.passing(assignment), self.model, self.model.pack(self.mixture))

    def answer(self, assignment: Assignment = soft) -> Answer:
        return drive(ask(self.question(assignment)))

    def with_floor(self) -> Example:
        """The same with a floor under the covariances, as in every fit: few rows need one to stay regular."""
        family = self.mixture.family
        return replace(self, floor=family.model.floor(family.model.layout.from_dense(0.01 * np.eye(family.n_features))))


def random_mixture(
    case: Case, rng: np.random.Generator, n_components: int, n_features: int, spread: float = 3.0
) -> Mixture:
    """Weights not far from equal, means `spread` apart, covariances of size about 1 as the model wants them."""
    means = rng.normal(scale=spread, size=(n_components, n_features))
    factors = rng.normal(size=(n_components, n_features, n_features + 2))
    matrices = factors @ np.swapaxes(factors, 1, 2) / (n_features + 2)
    scatter = case.model.layout.from_dense(matrices)
    covariances = case.model.estimate(scatter, np.ones(n_components), one(n_components))
    family = Elliptical(means, covariances, case.model, tail=FAMILIES[case.family].fresh(n_components))
    weights = rng.dirichlet(np.full(n_components, 10.0))
    if not case.noise:
        return Mixture(weights, family)
    reach = np.full(n_features, 5.0 * spread)
    return Mixture(0.9 * weights, family, noise=Noise(1.0 - float((0.9 * weights).sum()), -reach, reach))


def rows_from(mixture: Mixture, n_rows: int, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """Rows (n, d) and labels (n,), drawn without the program's own sampler."""
    family = mixture.family
    labels = rng.choice(mixture.n_components, size=n_rows, p=mixture.shares)
    labels[: mixture.n_components] = np.arange(mixture.n_components)[:n_rows]
    roots = np.linalg.cholesky(family.model.layout.dense(family.covariances))
    noise = rng.normal(size=(n_rows, family.n_features))
    if hasattr(family.tail, "degrees_of_freedom"):
        freedom = family.tail.degrees_of_freedom[labels]
        noise /= np.sqrt(rng.chisquare(freedom) / freedom)[:, None]
    return family.means[labels] + np.einsum("nij,nj->ni", roots[labels], noise), labels


def example(case: Case, seed: int, observed: BoolArray, n_components: int, spread: float = 3.0) -> Example:
    """Rows drawn from one mixture, with the cells where `observed` (n, d) is False missing, beside another."""
    rng = np.random.default_rng(seed)
    n_rows, n_features = observed.shape
    truth = random_mixture(case, rng, n_components, n_features, spread)
    values, labels = rows_from(truth, n_rows, rng)
    other = random_mixture(case, rng, n_components, n_features)
    shifted = replace(other.family, means=truth.family.means + 0.5 * rng.normal(size=truth.family.means.shape))
    case_weights = rng.integers(1, 4, size=n_rows).astype(float)
    return Example(np.where(observed, values, np.nan), case_weights, labels, replace(other, family=shifted))


def random_gaps(case: Case, rng: np.random.Generator, shape: tuple[int, int], share: float = 0.25) -> BoolArray:
    """Which cells are observed: all of them, or each with probability 1 - share but at least one per row."""
    if not case.gaps:
        return np.ones(shape, dtype=bool)
    observed = rng.random(shape) >= share
    observed[np.arange(shape[0]), rng.integers(shape[1], size=shape[0])] = True
    return observed


@st.composite
def examples(draw: st.DrawFn, case: Case, max_components: int = 3, min_rows: int = 8) -> Example:
    """Any shape and any pattern of gaps that leaves every row an observed cell."""
    n_features = draw(st.integers(1, 4), label="n_features")
    n_components = draw(st.integers(1, max_components), label="n_components")
    n_rows = draw(st.integers(min_rows, 40), label="n_rows")
    whole = 2**n_features - 1
    pattern = st.integers(1, whole) if case.gaps else st.just(whole)
    patterns = np.array(draw(st.lists(pattern, min_size=n_rows, max_size=n_rows), label="patterns"))
    observed = (patterns[:, None] >> np.arange(n_features)) & 1 == 1
    return example(case, draw(st.integers(0, 2**32 - 1), label="seed"), observed, n_components)
