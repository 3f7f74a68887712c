"""The passes of a fit over all rows, written down so that a later run can go on from where this one ended.

All that a fit does follows from its rows, its options and what the passes said.  So a run that is given the passes of
an earlier one answers from them instead of from the rows, until there are no more, and then stands exactly where the
other did: whatever it was in the middle of, to the last bit.  Each pass is kept with a digest of what was asked; if
something else is asked, the passes are not of this fit.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from emcli.core.fit.asking import Answer, Answerer, Question
from emcli.data.rows import FloatArray

FIXED = 6  # numbers of an answer before its theta and successor


class CheckpointMismatch(ValueError):
    """The passes that were kept are not those of this fit."""


@dataclass(frozen=True, eq=False)
class Entry:
    """A pass: a digest of what was asked, and the numbers of all answers one behind the other."""

    asked: bytes
    numbers: FloatArray


class Journal:
    """Answers from the entries as long as there are some, then has passes made and writes them down.

    written      called after every new entry
    out_of_time  when it is, a fit leaves the way it would have gone; from then on nothing is written down
    """

    def __init__(
        self,
        entries: Sequence[Entry] = (),
        written: Callable[[Journal], None] = lambda journal: None,
        out_of_time: Callable[[], bool] = lambda: False,
    ) -> None:
        self.entries = list(entries)
        self._written, self._out_of_time = written, out_of_time
        self._next = 0
        self._ended = False

    def __call__(self, answerer: Answerer) -> Answerer:
        """Somebody who answers like this one, and remembers."""
        return Remembering(self, answerer)

    def answers(self, questions: list[Question], make: Answerer) -> list[Answer]:
        """The answers of a pass; raises CheckpointMismatch if the next entry is about other questions."""
        asked = digest(questions)
        self._next += 1
        if self._next <= len(self.entries):
            entry = self.entries[self._next - 1]
            if entry.asked != asked:
                raise CheckpointMismatch
            return list(recalled(entry.numbers, questions))
        self._ended = self._ended or self._out_of_time()
        answers = make(questions)
        if not self._ended:
            self.entries.append(Entry(asked, np.concatenate([part for one in answers for part in numbers_of(one)])))
            self._written(self)
        return answers


@dataclass(frozen=True, eq=False)
class Remembering:
    """See `Journal`."""

    journal: Journal
    answerer: Answerer

    def __call__(self, questions: list[Question]) -> list[Answer]:
        return self.journal.answers(questions, self.answerer)


def numbers_of(answer: Answer) -> Iterator[FloatArray]:
    """An answer as numbers."""
    yield np.array(
        [answer.log_likelihood, answer.usable, answer.passed, answer.rounding, answer.change, answer.degenerate]
    )
    yield answer.theta
    yield answer.successor


def recalled(numbers: FloatArray, questions: Sequence[Question]) -> Iterator[Answer]:
    """The answers that an entry tells of; they are as long as the thetas that were asked about."""
    at = 0
    for question in questions:
        size = len(question.theta)
        value, usable, passed, rounding, change, degenerate = numbers[at : at + FIXED].tolist()
        theta = numbers[at + FIXED : at + FIXED + size]
        successor = numbers[at + FIXED + size : at + FIXED + 2 * size]
        yield Answer(value, theta, successor, bool(usable), bool(passed), rounding, change, bool(degenerate))
        at += FIXED + 2 * size


def digest(questions: Sequence[Question]) -> bytes:
    """Sixteen bytes that tell what was asked in a pass."""
    found = hashlib.sha256()
    for question in questions:
        kind = f"{question.counting} {question.strict} {question.given is None} {len(question.theta)} "
        found.update(kind.encode())
        found.update(np.ascontiguousarray(question.theta).tobytes())
    return found.digest()[:16]
