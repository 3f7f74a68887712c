"""Who else asks changes no bit of an answer, not even somebody who asks about nonsense; rows count as they are told.

One pass answers many questions: mixtures of the same model and of others, of any size, guesses and groupings, each with
rows that count in its own way.  That is only allowed to make it faster.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from emcli.core.fit.acceleration import hybrid
from emcli.core.fit.asking import Answer, Asking, Question, answered, ask, drive, together
from emcli.core.fit.climbs import RULES, Step, climb_until
from emcli.core.fit.passing import Passing
from emcli.core.fit.stopping import Outcome
from emcli.core.model.assignment import Assignment, hard, soft
from emcli.core.model.mixture import Collapsed
from emcli.core.model.parameters import MixtureModel
from emcli.core.passes.case_weights import CaseWeights, Folds, Replicates
from emcli.core.rows.engine import Serial
from emcli.data.membership import InPart, Wholly
from emcli.data.rows import FloatArray
from emcli.engines.threads import Threads

from ..single import model_of
from .cases import CASES, WITH_NOISE, Case, Example, OneBlock, example, random_gaps, random_mixture

ROWS, CROWD, LARGEST = 150, 500, 4
WAYS = [
    pytest.param("fast", soft, id="fast-soft"),
    pytest.param("fast", hard, id="fast-hard"),
    pytest.param("anchored", soft, id="anchored-soft"),
]
OTHERS = [
    Case("gaussian", "full", gaps=False),
    Case("gaussian", "diag", gaps=False),
    Case("gaussian", "VVE", gaps=False),
    Case("gaussian", "VEI", gaps=False),
    Case("gaussian", "EEV", gaps=False),
    Case("t", "tied", gaps=False),
    WITH_NOISE,
]
"""Cases of which there are companions: of the two layouts, in closed form and not, heavy-tailed, with a background."""


def table(case: Case, n_features: int = 3, n_rows: int = ROWS) -> Example:
    """Rows and a mixture of three components, of the case's model and with a floor, as in every fit."""
    observed = random_gaps(case, np.random.default_rng(7), (n_rows, n_features))
    return example(case, 23, observed, 3).with_floor()


@cache
def strangers(n_features: int) -> list[tuple[MixtureModel, FloatArray]]:
    """Mixtures of other models, of one to four components."""
    rng = np.random.default_rng(5)
    models = [model_of(random_mixture(case, rng, 2, n_features)) for case in OTHERS]
    return [one_of(OTHERS[i % len(OTHERS)], models[i % len(OTHERS)], rng, i) for i in range(CROWD // 2)]


def one_of(case: Case, model: MixtureModel, rng: np.random.Generator, i: int) -> tuple[MixtureModel, FloatArray]:
    """A mixture of the model, with one to four components."""
    mixture = random_mixture(case, rng, 1 + i % LARGEST, model.n_features)
    return model, model.pack(replace(mixture, noise=mixture.noise and replace(mixture.noise, weight=0.1)))


def crowd(case: Case, given: Example, where: Passing) -> list[Question]:
    """Questions of all kinds: every other one about a mixture of the case's own model, some of them guesses."""
    rng = np.random.default_rng(6)
    relatives = [one_of(case, given.model, rng, i) for i in range(CROWD // 2)]
    pairs = zip(relatives, strangers(given.values.shape[1]), strict=True)
    asked = [
        Question(where, model, theta, counting=i % 3, strict=i % 5 == 0)
        for i, (model, theta) in enumerate(one for pair in pairs for one in pair)
    ]
    grouping = Wholly(rng.integers(2, size=ROWS), 2)
    return [
        replace_given(question, grouping) if i % 7 == 3 and sized(question, 2) else question
        for i, question in enumerate(asked)
    ]


def sized(question: Question, k: int) -> bool:
    return question.model.size(question.theta) == k


def replace_given(question: Question, grouping: Wholly) -> Question:
    return question._replace(given=grouping, strict=False)


def replicates() -> Replicates:
    return Replicates(np.random.default_rng(8).multinomial(ROWS, np.full(ROWS, 1.0 / ROWS), size=2).astype(float))


def asked_about(case: Case, given: Example, where: Passing) -> list[Question]:
    """Questions whose answers are looked at: about small and large mixtures, a guess, a replicate, a grouping."""
    rng, model = np.random.default_rng(9), given.model
    thetas = [model.pack(given.mixture), *(one_of(case, model, rng, k - 1)[1] for k in (1, 2, 4))]
    guess = 1.5 * thetas[2] - 0.5 * one_of(case, model, rng, 1)[1]
    shares = rng.dirichlet(np.ones(3), size=ROWS)
    return [
        *(Question(where, model, theta) for theta in thetas),
        Question(where, model, guess, strict=True),
        Question(where, model, thetas[0] + 1e-3 * rng.normal(size=len(thetas[0])), strict=True),
        Question(where, model, thetas[0], counting=2),
        Question(where, model, thetas[0], given=InPart(shares)),
    ]


def assert_same(a: Answer, b: Answer) -> None:
    """To the last bit; NaN is NaN."""
    np.testing.assert_array_equal(
        [a.log_likelihood, a.usable, a.passed, a.rounding, a.change],
        [b.log_likelihood, b.usable, b.passed, b.rounding, b.change],
    )
    np.testing.assert_array_equal(a.theta, b.theta)
    np.testing.assert_array_equal(a.successor, b.successor)


def assert_answered_among(company: Sequence[Question], questions: Sequence[Question], wanted: Sequence[Answer]) -> None:
    """The questions, spread evenly among the company, are answered as wanted; also in the order from last to first."""
    asked, place, step = list(company), [], len(company) // len(questions)
    for i, question in enumerate(questions):
        place.append(i * (step + 1))
        asked.insert(place[-1], question)
    answers = answered(asked)
    backwards = answered(asked[::-1])[::-1]
    for at, answer in zip(place, wanted, strict=True):
        assert_same(answers[at], answer)
        assert_same(backwards[at], answer)


@pytest.mark.parametrize(("form", "assignment"), WAYS, indirect=["form"])
@pytest.mark.parametrize("case", CASES)
def test_an_answer_has_the_same_bits_alone_and_in_company(case: Case, form: str, assignment: Assignment) -> None:
    given = table(case)
    where = given.passing(assignment, case_weights=replicates(), rows_per_chunk=64)
    questions, company = asked_about(case, given, where), crowd(case, given, where)
    alone = [drive(ask(question)) for question in questions]
    assert sum(answer.usable for answer in alone) >= len(alone) - 2  # a guess far out, or a component without rows
    for i, (question, answer) in enumerate(zip(questions, alone, strict=True)):
        assert_same(answered([question, company[i]])[0], answer)
        assert_same(answered([company[i + 1], question])[1], answer)
    assert_answered_among(company, questions, alone)


@pytest.mark.parametrize("n_features", [1, 2, 12])
@pytest.mark.parametrize("case", [p for p in CASES if p.values[0].covariance in ("full", "diag", "VEE", "VVE")])
def test_company_changes_nothing_for_narrow_and_wide_tables(case: Case, n_features: int) -> None:
    given = table(case, n_features)
    where = given.passing(case_weights=replicates(), rows_per_chunk=512)
    questions = asked_about(case, given, where)
    alone = [drive(ask(question)) for question in questions]
    assert_answered_among(crowd(case, given, where)[:60], questions, alone)


def with_nan(model: MixtureModel, theta: FloatArray) -> FloatArray:
    return np.where(np.arange(len(theta)) == 1, np.nan, theta)


def singular(model: MixtureModel, theta: FloatArray) -> FloatArray:
    """Without any spread in one component."""
    begin = 1 + model.n_features
    return np.where((np.arange(len(theta)) >= begin) & (np.arange(len(theta)) < begin + model.n_stored), 0.0, theta)


def collapsing(model: MixtureModel, theta: FloatArray) -> FloatArray:
    """With a component where no row is."""
    return np.where((np.arange(len(theta)) >= 1) & (np.arange(len(theta)) <= model.n_features), 1e12, theta)


NONSENSE: dict[str, Callable[[MixtureModel, FloatArray], FloatArray]] = {
    "NaN": with_nan,
    "singular": singular,
    "collapsing": collapsing,
}


@pytest.mark.usefixtures("form")
@pytest.mark.parametrize("case", CASES)
def test_nonsense_is_not_usable_and_harms_nobody_else(case: Case) -> None:
    given = table(case)
    where = given.passing(case_weights=replicates(), rows_per_chunk=64)
    questions = asked_about(case, given, where)
    alone = [drive(ask(question)) for question in questions]
    for make in NONSENSE.values():
        bad = make(given.model, given.model.pack(given.mixture))
        for strict in (False, True):
            for at in (0, len(questions) // 2, len(questions)):
                nonsense = Question(where, given.model, bad, strict=strict)
                answers = answered([*questions[:at], nonsense, *questions[at:]])
                assert not answers.pop(at).usable
                for answer, wanted in zip(answers, alone, strict=True):
                    assert_same(answer, wanted)


def climb(question: Question) -> Asking[Outcome[Step] | None]:
    """The end of a whole climb; None if it collapses."""
    try:
        return (yield from climb_until(hybrid(question, 1e-6), RULES["loglik"], 1e-6, 20))
    except Collapsed:
        return None


@pytest.mark.parametrize("case", CASES)
def test_whole_climbs_have_the_same_bits_alone_and_side_by_side(case: Case) -> None:
    given = table(case, n_rows=60)
    where = given.passing(case_weights=replicates(), rows_per_chunk=64)
    company = [question._replace(strict=False, given=None) for question in crowd(case, given, where)[:50]]
    questions = asked_about(case, given, where)[:3]
    alone = [drive(climb(question)) for question in questions]
    assert alone[0] is not None
    asked = [*company[:20], questions[0], *company[20:40], questions[1], questions[2], *company[40:]]
    beside = drive(together([climb(question) for question in asked]))
    for i, at in enumerate((20, 41, 42)):
        assert_same_end(beside[at], alone[i])
    few_at_once = drive(together([climb(question) for question in asked[38:45]], at_once=3))
    for i in (1, 2):
        assert_same_end(few_at_once[2 + i], alone[i])


def assert_same_end(a: Outcome[Step] | None, b: Outcome[Step] | None) -> None:
    if a is None or b is None:
        assert a is b
        return
    assert (a.reason, a.history, a.step.iteration) == (b.reason, b.history, b.step.iteration)
    np.testing.assert_array_equal(a.step.theta, b.step.theta)
    np.testing.assert_array_equal([a.step.predicted_gain, a.step.change], [b.step.predicted_gain, b.step.change])


def assert_close(a: Answer, b: Answer, tolerance: float = 1e-9) -> None:
    """To the nine digits that another order of adding leaves, or fewer where the end of a search is compared."""
    assert a.usable == b.usable
    assert a.log_likelihood == pytest.approx(b.log_likelihood, rel=1e-9)
    np.testing.assert_array_equal(a.theta, b.theta)
    np.testing.assert_allclose(a.successor, b.successor, rtol=tolerance, atol=tolerance)


def counted(given: Example, counts: FloatArray) -> Example:
    """The rows, each as often as the counts say."""
    rows = np.repeat(np.arange(len(counts)), counts.astype(int))
    return replace(given, values=given.values[rows], case_weights=np.ones(len(rows)), labels=given.labels[rows])


@pytest.mark.usefixtures("form")
@pytest.mark.parametrize("case", CASES)
def test_a_fold_held_out_is_a_table_without_its_rows(case: Case) -> None:
    given = table(case)
    folds = np.random.default_rng(3).integers(-1, 3, size=ROWS)
    check_counting(given, Folds(folds), [given.case_weights * (folds != fold - 1) for fold in (-1, 1, 2, 3)])


@pytest.mark.usefixtures("form")
@pytest.mark.parametrize("case", CASES)
def test_a_replicate_is_a_table_with_its_rows_as_often_as_they_were_drawn(case: Case) -> None:
    given, drawn = table(case), replicates()
    check_counting(given, drawn, [given.case_weights, *drawn.table])


def check_counting(given: Example, case_weights: CaseWeights, counts: Sequence[FloatArray]) -> None:
    """Number f is answered as a table in which every row stands as often as counts[f] says; with all others asked."""
    where = given.passing(case_weights=case_weights, rows_per_chunk=64)
    mine = given.question()
    answers = answered([mine._replace(where=where, counting=number) for number in range(len(counts))])
    for answer, times in zip(answers, counts, strict=True):
        assert_close(answer, counted(given, times).answer())


@pytest.mark.parametrize("case", CASES)
def test_neither_threads_nor_chunks_can_be_seen_in_the_answers(case: Case) -> None:
    given = table(case)
    chunks = given.chunks(16)
    assert len(chunks) > 7
    serial = Passing(Serial(OneBlock(chunks)), soft, None, replicates())
    asked = [*asked_about(case, given, serial), *crowd(case, given, serial)[:12]]
    answers = answered(asked)
    for n_threads in (1, 3):
        threads = Passing(Threads(OneBlock(chunks), n_threads), soft, None, replicates())
        for answer, there in zip(answers, threads(asked), strict=True):
            assert_same(answer, there)
    for rows_per_chunk in (5, 64, 1000):
        otherwise = given.passing(case_weights=replicates(), rows_per_chunk=rows_per_chunk)(asked)
        for question, answer, there in zip(asked, answers, otherwise, strict=True):
            if not question.strict:  # a guess at the edge of what is allowed may fall on either side
                # Axes that are searched for are where the likelihood is flat: known to half of its digits.
                assert_close(answer, there, 1e-9 if question.given is None else 1e-6)
