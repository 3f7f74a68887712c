"""From questions to answers: those of all who ask are stacked, one pass is made over the rows, and each gets its own.

The mixtures of each model stand in one table, by number of components.  Before the pass, guesses of models that are not
linear spaces are brought back onto their model, and guesses below the floor are refused.  For the pass, mixtures of
equally many components and one representation become a run, whatever their models; the M steps are made model by model.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from emcli.core.families.elliptical.components import Elliptical
from emcli.core.fit.asking import Answer, Question
from emcli.core.model.assignment import Assignment
from emcli.core.model.expectation import Expectation, Expectations
from emcli.core.model.known import Known
from emcli.core.model.m_step import STARVED, believed, maximised, onto_model, started
from emcli.core.model.parameters import MixtureModel, Stack, stacked
from emcli.core.passes.case_weights import EVERYTHING, CaseWeights
from emcli.core.passes.expect import Expect, Run, joined, picked
from emcli.core.rows.engine import Engine
from emcli.data.membership import Beside
from emcli.data.rows import BoolArray, FloatArray, IntArray

Number = TypeVar("Number", np.float64, np.intp)

EPS = float(np.finfo(np.float64).eps)
NEEDLE = 1e-6
"""Of the variance of the others: so thin beside them, a component rests on equal values."""

LEAST_LOG_WEIGHT = float(np.log(STARVED))

Pass = Callable[[Expect], Expectations]


@dataclass(frozen=True, eq=False)
class Passing:
    """The rows, ready to answer.

    assignment    soft or hard
    known         rows whose component is known
    case_weights  how often rows count for those who ask with a number
    """

    engine: Engine
    assignment: Assignment
    known: Known | None = None
    case_weights: CaseWeights | None = None

    def __call__(self, questions: list[Question]) -> list[Answer]:
        """One pass over the rows."""
        answers: list[Answer] = [Answer(-np.inf, q.theta, q.theta, False, False, 0.0, 0.0) for q in questions]
        with np.errstate(all="ignore"):
            tables = [table for numbers in by_model(questions) if (table := table_of(questions, numbers)).numbers]
            runs = [Placed.of(k, some) for some in of_one_kind(tables) for k in sizes_in(some)]
            if runs:
                expect = Expect([run.run for run in runs], self.assignment, self.known, self.case_weights)
                found = self.engine.reduce(expect).of
                for table in tables:
                    for number, answer in zip(table.numbers, table.answers(part_of(table, runs, found)), strict=True):
                        answers[number] = answer
        return answers


def by_model(questions: Sequence[Question]) -> list[list[int]]:
    """The numbers of the questions about mixtures of each model, or about groupings for it, by number of components."""
    found: dict[tuple[int, bool], list[int]] = {}
    for i, question in enumerate(questions):
        found.setdefault((id(question.model), question.given is None), []).append(i)
    for numbers in found.values():
        numbers.sort(key=lambda i: len(questions[i].theta))
    return list(found.values())


@dataclass(frozen=True, eq=False)
class ModelTable:
    """Mixtures of one model that are asked about, by number of components.

    numbers  of their questions
    thetas   as they were asked about, guesses brought back onto the model
    """

    stack: Stack
    numbers: list[int]
    thetas: list[FloatArray]
    counting: IntArray
    given: list[Beside]

    @property
    def model(self) -> MixtureModel:
        return self.stack.model

    @property
    def kind(self) -> tuple[object, ...]:
        """Mixtures of equal kinds can be in one run."""
        return (*self.model.kind, bool(self.given))

    def place(self, k: int) -> tuple[slice, slice]:
        """The mixtures of k components, and these components, in the table."""
        sizes = self.stack.segments.sizes
        first, last = np.searchsorted(sizes, (k, k + 1)).tolist()
        start = int(self.stack.segments.starts[first]) if first < last else 0
        return slice(first, last), slice(start, start + (last - first) * k)

    def answers(self, of: Expectation) -> Iterator[Answer]:
        """The M steps."""
        stack = self.stack
        if self.given:
            successor, usable = started(stack, of)
        else:
            of = believed(stack, of)
            successor, usable = maximised(stack, of)
        usable = usable & np.isfinite(of.log_likelihood)
        # Errors of the rows are unrelated to each other, so their sum grows with the root of their number.
        rounding = 8.0 * EPS * (1.0 + np.abs(of.log_likelihood)) + np.sqrt(of.n_slots) * of.error_bound
        degenerate = degenerate_among(stack, of)
        return (
            Answer(value, theta, following, good, True, noise, change, bad)
            for value, theta, following, good, noise, change, bad in zip(
                of.log_likelihood.tolist(),
                self.thetas,
                successor.thetas(),
                usable.tolist(),
                rounding.tolist(),
                changes(stack, successor).tolist(),
                degenerate.tolist(),
                strict=True,
            )
        )


def table_of(questions: Sequence[Question], numbers: list[int]) -> ModelTable:
    """The mixtures of some questions about one model, without guesses that are no mixtures."""
    asked = [questions[i] for i in numbers]
    thetas = [question.theta for question in asked]
    stack = stacked(asked[0].model, thetas)
    guessed = np.array([question.strict for question in asked])
    if guessed.any():
        stack, allowed = brought_back(stack, guessed)
        thetas = stack.thetas()
        if not allowed.all():
            segments, components = stack.segments.only(allowed)
            stack = Stack(stack.model, segments, stack.rows[components], stack.log_shares[allowed])
            kept = np.flatnonzero(allowed).tolist()
            numbers, asked, thetas = [numbers[i] for i in kept], [asked[i] for i in kept], [thetas[i] for i in kept]
    counting = np.array([question.counting for question in asked], dtype=np.intp)
    given = [question.given for question in asked if question.given is not None]
    return ModelTable(stack, numbers, thetas, counting, given)


def brought_back(stack: Stack, guessed: BoolArray) -> tuple[Stack, BoolArray]:
    """Guesses with normalised weights and covariances of the model, and which of the mixtures (B,) are to be asked."""
    allowed = allowed_guesses(stack)
    guesses = stack.segments.each(guessed)
    rows, (log_weights, log_shares) = stack.rows.copy(), stack.log_weights
    rows[:, 0] = np.where(guesses, log_weights, rows[:, 0])
    stack = stack.with_rows(rows, np.where(guessed, log_shares, stack.log_shares))
    if not stack.model.covariance.linear and (guessed & allowed).any():
        projected = onto_model(stack)
        rows = np.where(stack.segments.each(guessed & allowed)[:, None], projected.rows, stack.rows)
        stack = stack.with_rows(rows, stack.log_shares)
        allowed &= allowed_guesses(stack)
    return stack, allowed | ~guessed


def allowed_guesses(stack: Stack) -> BoolArray:
    """Which mixtures (B,) have weights above nothing and covariances above the floor, but for fixed ones."""
    model, segments = stack.model, stack.segments
    above = model.above_floor(stack.covariances)
    if model.fixed is not None:  # what is fixed may lie below the floor
        above |= np.tile(model.fixed.covariances, segments.n_mixtures)
    heavy = stack.log_weights[0] > LEAST_LOG_WEIGHT
    return segments.all(np.isfinite(stack.rows).all(axis=1) & above & heavy)


def of_one_kind(tables: Sequence[ModelTable]) -> list[list[ModelTable]]:
    """The tables whose mixtures can be in one run."""
    found: dict[object, list[ModelTable]] = {}
    for table in tables:
        found.setdefault(table.kind, []).append(table)
    return list(found.values())


def sizes_in(tables: Sequence[ModelTable]) -> list[int]:
    """The numbers of components of the mixtures of some tables, ascending."""
    return sorted({k for table in tables for k in set(table.stack.segments.sizes.tolist())})


@dataclass(frozen=True, eq=False)
class Placed:
    """A run, and where in it the mixtures of each model are."""

    run: Run
    k: int
    at: dict[int, slice]

    @staticmethod
    def of(k: int, tables: Sequence[ModelTable]) -> Placed:
        """The mixtures of k components of tables of one kind."""
        pieces = [(table, *place) for table in tables for place in [table.place(k)] if place[0].start < place[0].stop]
        ends = list(accumulate(mixtures.stop - mixtures.start for _, mixtures, _ in pieces))
        at = {
            id(table): slice(end - (mixtures.stop - mixtures.start), end)
            for (table, mixtures, _), end in zip(pieces, ends, strict=True)
        }
        model = pieces[0][0].model
        stacks = [(table.stack, mixtures, components) for table, mixtures, components in pieces]
        means = one_behind_the_other([stack.means[components] for stack, _, components in stacks])
        covariances = one_behind_the_other([stack.covariances[components] for stack, _, components in stacks])
        weights = one_behind_the_other([stack.log_weights[0][components] for stack, _, components in stacks])
        shares = one_behind_the_other([stack.log_weights[1][mixtures] for stack, mixtures, _ in stacks])
        counting = one_behind_the_other([table.counting[mixtures] for table, mixtures, _ in pieces])
        tail = model.tail.fresh(len(means))
        if model.n_tail:
            tail = tail.at(one_behind_the_other([stack.rows[components, -1] for stack, _, components in stacks]))
        family = Elliptical(means, covariances, model.covariance, tail)
        run = Run(
            k,
            weights.reshape(-1, k),
            family,
            noise=model.noise,
            log_shares=shares if model.has_noise else None,
            case_row=counting if (counting != EVERYTHING).any() else None,
            given=[one for table, mixtures, _ in pieces for one in table.given[mixtures]] or None,
        )
        return Placed(run, k, at)


def one_behind_the_other(parts: Sequence[NDArray[Number]]) -> NDArray[Number]:
    """Arrays joined along their first axis, without a copy if there is one."""
    return np.ascontiguousarray(parts[0]) if len(parts) == 1 else np.concatenate(parts)


def part_of(table: ModelTable, runs: Sequence[Placed], found: Sequence[Expectation]) -> Expectation:
    """The expectation of the mixtures of a table, in its order."""
    parts = [cut_out(of, run.at[id(table)], run.k) for run, of in zip(runs, found, strict=True) if id(table) in run.at]
    return parts[0] if len(parts) == 1 else joined(parts)


def cut_out(of: Expectation, mixtures: slice, k: int) -> Expectation:
    """The expectation of some mixtures of k components."""
    if mixtures.start == 0 and mixtures.stop == len(of.log_likelihood):
        return of
    return picked(of, mixtures, k)


def degenerate_among(stack: Stack, of: Expectation) -> BoolArray:
    """Which mixtures (B,) have a needle beside the other components, or one with too few rows for its covariance."""
    model, segments, tightness = stack.model, stack.segments, np.asarray(of.tightness)
    if model.prior is not None:  # it keeps the likelihood bounded
        return np.zeros(segments.n_mixtures, dtype=np.bool_)
    needles = NEEDLE * segments.largest(tightness) > segments.smallest(tightness)
    if not model.covariance.own_covariances:
        return needles
    wide = model.covariance.layout.joint_columns and model.covariance.separate
    least = model.n_features + 1 if wide else 2
    return needles | (segments.smallest(of.counts) < least)


def changes(before: Stack, after: Stack) -> FloatArray:
    """Largest change (B,) of a weight, mean, covariance or parameter of the tail."""
    weights = np.abs(np.exp(after.rows[:, 0]) - np.exp(before.log_weights[0]))  # an M step makes normalised ones
    others = np.abs(after.rows[:, 1:] - before.rows[:, 1:]).max(axis=1)
    return before.segments.largest(np.maximum(weights, others))
