"""The passes of a fit over all rows, written down so that a later run can go on from where this one ended.

All that a fit does follows from its rows, its options and what the passes said.  So a run that is given the passes of
an earlier one answers from them instead of from the rows, until there are no more, and then stands exactly where the
other did: whatever it was in the middle of, to the last bit.  Each pass is kept with a digest of the mixture that was
asked about; if another is asked for, the passes are not of this fit.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

import numpy as np

from emcli.core.fit.em import Pass
from emcli.core.model.mixture import Collapsed, Mixture
from emcli.data.table import FloatArray

CONSTANT = ("model", "floor")  # fields that no pass changes


class Astray(ValueError):
    """The passes that were kept are not those of this fit."""


@dataclass(frozen=True, eq=False)
class Entry:
    """A pass: digest of the mixture asked about; log-likelihood, rounding and the numbers of the successor.

    collapsed  why there is no successor; empty if there is one
    """

    asked: bytes
    numbers: FloatArray
    collapsed: str = ""


class Journal:
    """Answers from the entries as long as there are some, then makes passes and writes them down.

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

    def __call__(self, mixture: Mixture, make: Callable[[Mixture], Pass]) -> Pass:
        """The pass of a mixture; raises Collapsed as it did, Astray if the next entry is about another mixture."""
        asked = digest(mixture)
        self._next += 1
        if self._next <= len(self.entries):
            return recalled(self.entries[self._next - 1], asked, mixture)
        self._ended = self._ended or self._out_of_time()
        try:
            here = make(mixture)
        except Collapsed as error:
            self._note(Entry(asked, np.empty(0), str(error) or "collapsed"))
            raise
        said = [np.array([here.log_likelihood, here.rounding]), *parts(here.successor)]
        self._note(Entry(asked, np.concatenate([np.ravel(part) for part in said])))
        return here

    def _note(self, entry: Entry) -> None:
        if not self._ended:
            self.entries.append(entry)
            self._written(self)


def recalled(entry: Entry, asked: bytes, mixture: Mixture) -> Pass:
    """The pass that an entry tells of."""
    if entry.asked != asked:
        raise Astray
    if entry.collapsed:
        raise Collapsed(entry.collapsed)
    numbers = iter(entry.numbers.tolist())
    log_likelihood, rounding = next(numbers), next(numbers)
    successor: Mixture = with_parts(mixture, numbers)
    return Pass(mixture, log_likelihood, successor, rounding)


def digest(mixture: Mixture) -> bytes:
    """Sixteen bytes that tell mixtures apart."""
    found = hashlib.sha256()
    for part in parts(mixture):
        found.update(np.ascontiguousarray(part).tobytes())
    return found.digest()[:16]


def parts(value: Any) -> Iterator[FloatArray]:
    """The numbers of a mixture that a pass may change, in a fixed order."""
    for name, part in _changing(value):
        if isinstance(part, float):
            yield np.array([part])
        elif is_dataclass(part):
            yield from parts(part)
        elif isinstance(part, np.ndarray):
            yield part
        else:
            raise TypeError(f"{type(value).__name__}.{name} cannot be kept")


def with_parts(value: Any, numbers: Iterator[float]) -> Any:
    """A mixture like this one with other numbers, taken in the order of `parts`."""
    changed: dict[str, Any] = {}
    for name, part in _changing(value):
        if isinstance(part, float):
            changed[name] = next(numbers)
        elif isinstance(part, np.ndarray):
            changed[name] = np.array([next(numbers) for _ in range(part.size)]).reshape(part.shape)
        else:
            changed[name] = with_parts(part, numbers)
    return replace(value, **changed)


def _changing(value: Any) -> Iterator[tuple[str, Any]]:
    for one in fields(value):
        part = getattr(value, one.name)
        floats = isinstance(part, np.ndarray) and part.dtype == np.float64
        if one.name not in CONSTANT and (floats or isinstance(part, float) or is_dataclass(part)):
            yield one.name, part
