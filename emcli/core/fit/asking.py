"""A climb asks: what is asked of a pass, what it answers, and how those who ask go on side by side.

Whoever needs passes over the rows is a generator: it yields a list of questions, is sent the list of their answers, and
returns its result in the end.  A climb asks one question at a time, a search asks with all its climbs at once, a sweep
with all its searches.  None knows of the others: `together` collects the questions of several who ask and deals out the
answers, and `drive`, at the top, has them answered.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from typing import NamedTuple, TypeAlias, TypeVar

from emcli.core.model.parameters import MixtureModel
from emcli.core.passes.case_weights import EVERYTHING
from emcli.data.membership import Beside
from emcli.data.rows import FloatArray

R = TypeVar("R")


class Question(NamedTuple):
    """What EM makes of a mixture.

    where     who answers: somebody with rows
    model     what the numbers of theta mean
    counting  how often rows count for this question: see `case_weights`
    strict    theta is a guess: one below the floor is refused, not lifted onto it
    given     what is said of every row: then the answer is the mixture of that grouping, with missing cells at their
              expectation under theta
    """

    where: Answerer
    model: MixtureModel
    theta: FloatArray
    counting: int = EVERYTHING
    strict: bool = False
    given: Beside | None = None


class Answer(NamedTuple):
    """One E and M step.

    log_likelihood  of the theta that was asked about (projected onto its model where it was a guess), nats, with the
                    prior's part
    theta           what was asked about
    successor       the theta that the M step made of it
    usable          False where one of them is no mixture
    passed          False where the question was refused without looking at the rows
    rounding        differences of log-likelihood below this many nats are noise of the arithmetic
    change          the largest change of a parameter in this step, in working units
    degenerate      whether a component rests on equal values or on too few rows: its likelihood has no maximum
    """

    log_likelihood: float
    theta: FloatArray
    successor: FloatArray
    usable: bool
    passed: bool
    rounding: float
    change: float
    degenerate: bool = False


Asking: TypeAlias = Generator[list[Question], list[Answer], R]
"""Somebody who asks, and returns an R in the end."""

Answerer: TypeAlias = Callable[[list[Question]], list[Answer]]


def together(askers: Iterable[Asking[R]], at_once: int | None = None) -> Asking[list[R]]:
    """The results of several who ask, in their order; at most so many go on side by side, the next as one ends."""
    coming = enumerate(askers)
    results: dict[int, R] = {}
    asking: list[tuple[int, Asking[R], list[Question]]] = []

    def admit() -> None:
        while at_once is None or len(asking) < at_once:
            one = next(coming, None)
            if one is None:
                return
            step(*one, None)

    def step(number: int, asker: Asking[R], answers: list[Answer] | None) -> None:
        try:
            asking.append((number, asker, next(asker) if answers is None else asker.send(answers)))
        except StopIteration as end:
            results[number] = end.value

    admit()
    while asking:
        answers = yield [question for _, _, questions in asking for question in questions]
        answered, asking[:], at = list(asking), [], 0
        for number, asker, questions in answered:
            step(number, asker, answers[at : at + len(questions)])
            at += len(questions)
        admit()
    return [results[number] for number in sorted(results)]


def drive(asker: Asking[R]) -> R:
    """The result of somebody who asks; every question goes where it says, those that go to the same place together."""
    try:
        questions = next(asker)
        while True:
            questions = asker.send(answered(questions))
    except StopIteration as end:
        result: R = end.value
        return result


def answered(questions: list[Question]) -> list[Answer]:
    """The answers of those whom the questions go to."""
    places = {id(question.where): question.where for question in questions}
    if len(places) == 1:
        return questions[0].where(questions)
    answers: dict[int, Answer] = {}
    for key, where in places.items():
        numbers = [i for i, question in enumerate(questions) if id(question.where) == key]
        answers |= dict(zip(numbers, where([questions[i] for i in numbers]), strict=True))
    return [answers[i] for i in range(len(questions))]


def ask(question: Question) -> Asking[Answer]:
    """The answer to one question."""
    answers: Sequence[Answer] = yield [question]
    return answers[0]
