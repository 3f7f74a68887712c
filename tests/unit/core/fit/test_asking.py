"""Those who ask go on side by side: each gets its own answers, in order, and ends with its own result."""

from __future__ import annotations

import numpy as np
import pytest

from emcli.core.families import Elliptical
from emcli.core.families.elliptical.covariances import COVARIANCES
from emcli.core.fit.asking import Answer, Answerer, Asking, Question, ask, drive, together
from emcli.core.model.mixture import Mixture

from ....single import model_of

MODEL = model_of(Mixture(np.ones(1), Elliptical(np.zeros((1, 1)), np.ones((1, 1, 1)), COVARIANCES["full"])))


class Somewhere:
    """Answers with the first number of theta as the log-likelihood, and remembers how many were asked at a time."""

    def __init__(self) -> None:
        self.asked: list[int] = []

    def __call__(self, questions: list[Question]) -> list[Answer]:
        self.asked.append(len(questions))
        return [Answer(float(q.theta[0]), q.theta, q.theta, True, True, 0.0, 0.0) for q in questions]


def question(where: Answerer, number: float) -> Question:
    return Question(where, MODEL, np.array([number, 0.0, 1.0]))


def counting(where: Answerer, number: float, n: int) -> Asking[list[float]]:
    """Asks n times, for number, number + 1, ..."""
    heard = []
    for i in range(n):
        answer = yield from ask(question(where, number + i))
        heard.append(answer.log_likelihood)
    return heard


def test_everybody_gets_the_answers_to_his_own_questions() -> None:
    where = Somewhere()
    found = drive(together([counting(where, 10.0 * i, n) for i, n in enumerate((3, 1, 0, 2))]))
    assert found == [[0.0, 1.0, 2.0], [10.0], [], [30.0, 31.0]]
    assert where.asked == [3, 2, 1]  # as few passes as the longest needs


@pytest.mark.parametrize("at_once", [1, 2, 3])
def test_at_most_so_many_ask_side_by_side_and_the_next_follows_at_once(at_once: int) -> None:
    where = Somewhere()
    found = drive(together([counting(where, 10.0 * i, 2) for i in range(5)], at_once))
    assert found == [[10.0 * i, 10.0 * i + 1.0] for i in range(5)]
    assert max(where.asked) == at_once and sum(where.asked) == 10


def test_who_never_asks_gives_his_place_to_the_next() -> None:
    where = Somewhere()
    found = drive(together([counting(where, 0.0, 0), counting(where, 1.0, 0), counting(where, 2.0, 1)], 1))
    assert found == [[], [], [2.0]]


def test_questions_go_where_they_say_those_to_one_place_together() -> None:
    here, there = Somewhere(), Somewhere()

    def asker() -> Asking[list[float]]:
        answers = yield [question(here, 1.0), question(there, 2.0), question(here, 3.0)]
        return [answer.log_likelihood for answer in answers]

    assert drive(asker()) == [1.0, 2.0, 3.0]
    assert (here.asked, there.asked) == ([2], [1])


def test_those_who_are_together_may_be_together_with_others() -> None:
    where = Somewhere()
    inner = together([counting(where, 0.0, 2), counting(where, 5.0, 1)])
    found = drive(together([inner, together([counting(where, 9.0, 2)])]))
    assert found == [[[0.0, 1.0], [5.0]], [[9.0, 10.0]]]
    assert where.asked == [3, 2]


def test_an_error_of_one_who_asks_reaches_the_top() -> None:
    def failing(where: Answerer) -> Asking[None]:
        yield from ask(question(where, 1.0))
        raise ArithmeticError("broken")

    with pytest.raises(ArithmeticError, match="broken"):
        drive(together([counting(Somewhere(), 0.0, 3), failing(Somewhere())]))
