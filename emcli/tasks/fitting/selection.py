"""The candidates of a sweep fitted, compared and one of them chosen: shared by select-k and fit -k auto.

Who works is the place's business; the answers are the same.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias

import numpy as np

from emcli.core.families.elliptical.covariances import COVARIANCES
from emcli.core.fit.asking import drive
from emcli.core.fit.fitted import Fitted
from emcli.core.fit.fitting import FitOptions
from emcli.core.judge.degeneracy import MANY_VALUES
from emcli.core.sweep.bootstrap import Bootstrap
from emcli.core.sweep.choice import CRITERIA, RULES, NearTie, near_ties, ranked
from emcli.core.sweep.context import SweepContext
from emcli.core.sweep.folds import fold_numbers
from emcli.core.sweep.likelihood_ratio import RatioTest, RatioTests
from emcli.core.sweep.rows import Rows
from emcli.core.sweep.scores import Score
from emcli.core.sweep.sweep import Sweep
from emcli.data.rows import FloatArray, IntArray
from emcli.engines.threads import usable
from emcli.errors import CannotFit
from emcli.tasks.backend.place import HERE, Place
from emcli.tasks.fitting.fit_options import fit_options
from emcli.tasks.fitting.scores import Resampled
from emcli.tasks.settings import SweepSettings

FEWEST_EQUAL = 3  # equal values that are worth a word

FOLDS = 0  # tells the random numbers of the folds apart from those of other purposes


SweepWatch: TypeAlias = Callable[[Any], None]
"""Called with Scores as they become known, Resampled, and RatioTests."""


@dataclass(frozen=True, eq=False)
class Question:
    """What is compared, and by what the choice is made."""

    ks: tuple[int, ...]
    sweep: SweepSettings
    criterion: str = "bic"
    rule: str = "best"
    n_replicates: int = 0
    likelihood_ratio: bool = False
    seconds: float | None = None
    compare_kmeans: bool = True


@dataclass(frozen=True, eq=False)
class Selection:
    """All scores in the order of the table, those that could be compared from the best on, and the chosen one.

    wins      how often each candidate won among the bootstrap's replicates, by (covariance, k); None: not asked
    complete  whether everything asked for was done before the time budget ran out
    """

    scores: tuple[Score, ...]
    order: tuple[Score, ...]
    chosen: Score
    ties: tuple[NearTie, ...]
    covariances: tuple[str, ...]
    complete: bool
    wins: dict[tuple[str, int], int] | None = None
    n_replicates: int = 0
    tests: tuple[RatioTest, ...] = ()

    @property
    def fitted(self) -> Fitted:
        """The fit of the chosen candidate."""
        assert self.chosen.fitted is not None
        return self.chosen.fitted


def choose(rows: Rows, question: Question, watch: SweepWatch, place: Place = HERE) -> Selection:
    """Fit and compare all candidates, on the rows where they are; CannotFit if not one of them has an answer."""
    began = time.monotonic()
    deadline = math.inf if question.seconds is None else began + question.seconds

    def out_of_time() -> bool:
        return time.monotonic() > deadline

    covariances = shapes(question.sweep.covariances, rows.table.n_features)
    engine = partial(place.engine, n_threads=usable(question.sweep.threads))
    context = SweepContext(
        rows, options_for(question.sweep), engine, out_of_time=out_of_time, hurried=question.seconds is not None
    )
    sweep = Sweep(context, question.ks, covariances, compare_kmeans=question.compare_kmeans, tell=watch)
    scores = drive(sweep.run())
    order = ranked(scores, CRITERIA[question.criterion])
    if not order:
        raise no_answer(scores, question)
    chosen = RULES[question.rule](order)
    wins = resample(context, scores, question, watch) if question.n_replicates else None
    tests = compare_likelihoods(context, scores, chosen, question, watch)
    return Selection(
        scores=tuple(scores),
        order=tuple(order),
        chosen=chosen,
        ties=tuple(near_ties(order, chosen, CRITERIA[question.criterion])),
        covariances=tuple(covariances),
        complete=not out_of_time(),
        wins=None if wins is None else {(one.covariance, one.k): n for one, n in wins.wins.items()},
        n_replicates=wins.done if wins else 0,
        tests=tests,
    )


def resample(context: SweepContext, scores: Sequence[Score], question: Question, watch: SweepWatch) -> Bootstrap:
    """Repeat the choice on resampled rows."""
    bootstrap = Bootstrap(context, scores, question.criterion, question.rule)
    bootstrap.run(question.n_replicates, lambda done: watch(Resampled(done, question.n_replicates)))
    return bootstrap


def compare_likelihoods(
    context: SweepContext, scores: Sequence[Score], chosen: Score, question: Question, watch: SweepWatch
) -> tuple[RatioTest, ...]:
    """The likelihood-ratio tests among the fits of the chosen covariance model, if asked for."""
    if not question.likelihood_ratio:
        return ()
    same = [score for score in scores if score.covariance == chosen.covariance]
    tests = RatioTests(context, options_for(question.sweep, chosen.covariance), same)
    tests.run(tell=watch)
    return tuple(tests.tests)


def options_for(sweep: SweepSettings, covariance: str = "full") -> FitOptions:
    """The options that all candidates share; the number of components is each candidate's own."""
    return fit_options(sweep.fitting(covariance), 1)


def shapes(names: Sequence[str], n_features: int) -> list[str]:
    """The covariance models named; 'all' is every model once, under the first of its names.

    One column has no shape and no orientation: there the models differ by their number of parameters alone.
    """
    if "all" not in names:
        return list(dict.fromkeys(names))
    kinds: dict[Any, str] = {}
    for name, model in COVARIANCES.items():
        letters = getattr(model, "letters", name)
        kinds.setdefault(letters if n_features > 1 else model.n_parameters(2, 1), name)
    return list(kinds.values())


def folds_for(used: Any, n_folds: int, seed: int, groups: IntArray | None) -> IntArray | None:
    """The fold of every row; None where there are to be no folds."""
    if not n_folds:
        return None
    return fold_numbers(used, n_folds, np.random.default_rng([seed, FOLDS]), groups)


def no_answer(scores: Sequence[Score], question: Question) -> CannotFit:
    """Why nothing could be chosen."""
    reasons = [f"k = {score.k} {score.covariance}: {score.reason}" for score in scores if score.reason]
    if not reasons and question.seconds is not None:
        return CannotFit("no candidate was finished within the time budget", hint="raise --time-budget")
    hint = None
    if any(score.fitted is not None for score in scores):
        hint = "--criterion bic needs no rows held out"
    return CannotFit("no candidate could be judged", detail=reasons[0] if reasons else None, hint=hint)


def in_words(tie: NearTie, chosen: Score, criterion: str) -> str:
    """A near tie as a sentence."""
    here, there = (f"k = {one.k}" for one in (chosen, tie.other))
    if tie.other.covariance != chosen.covariance:
        here, there = (f"{one.covariance} k = {one.k}" for one in (chosen, tie.other))
    words = CRITERIA[criterion].words
    if tie.error is None:
        return f"{here} and {there} differ by {abs(tie.difference):.1f} {words}"
    return f"{here} and {there} differ by {abs(tie.difference):.4f} ± {tie.error:.4f} in {words} per row"


def most_repeated(values: FloatArray, columns: Sequence[str]) -> tuple[str, float, int] | None:
    """The column, value and number of rows of the pile of equal values that stands out most; None if none does.

    A pile stands out by how many more rows it has than a value would if the column's rows were spread evenly over
    its range, in steps of its smallest spacing.
    """
    found = []
    for name, column in zip(columns, values.T, strict=True):
        distinct, counts = np.unique(column[~np.isnan(column)], return_counts=True)
        if len(distinct) < MANY_VALUES:
            continue  # a category, not a measurement that was rounded
        steps = (distinct[-1] - distinct[0]) / np.diff(distinct).min()
        found.append((float(counts.max() * steps / counts.sum()), name, float(distinct[counts.argmax()]), counts.max()))
    _, name, value, n = max(found, default=(0.0, "", 0.0, 0))
    return (name, value, int(n)) if n >= FEWEST_EQUAL else None
