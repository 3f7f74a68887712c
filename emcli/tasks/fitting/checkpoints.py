"""--checkpoint and --resume: the passes of a fit in a file, every half a minute and at the end, however it comes."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from emcli.core.fit.journal import CheckpointMismatch, Entry, Journal
from emcli.errors import BadData
from emcli.io.models.checkpoint import KeptPass, read_checkpoint, write_checkpoint
from emcli.io.printable import printable

EVERY = 30.0  # seconds from one checkpoint to the next


@contextmanager
def kept_passes(
    checkpoint: str | None, resume: str | None, about: Mapping[str, Any], out_of_time: Callable[[], bool]
) -> Iterator[Journal | None]:
    """The journal of a fit: with the passes of the file to resume from, and written to the checkpoint.

    A file that is both, and is not there yet, begins empty.  None where neither is wanted.
    """
    if checkpoint is None and resume is None:
        yield None
        return
    entries = []
    if resume is not None and (resume != checkpoint or os.path.exists(resume)):
        entries = [Entry(one.asked, one.numbers) for one in read_checkpoint(resume, about)]
    saved = Saved(checkpoint, about, len(entries) if resume == checkpoint and entries else -1)
    journal = Journal(entries, saved.now_and_then, out_of_time)
    try:
        yield journal
    except CheckpointMismatch:
        raise BadData(
            "the checkpoint does not lead on: the same table and options give other numbers here",
            where=printable(resume or "", 4096),
            hint="was it made on another machine? begin again without --resume",
        ) from None
    finally:
        saved.at_once(journal)


class Saved:
    """When the checkpoint was written last, and how much of the journal was in it."""

    def __init__(self, path: str | None, about: Mapping[str, Any], n_entries: int) -> None:
        self._path, self._about, self._n = path, about, n_entries
        self._at = time.monotonic()

    def now_and_then(self, journal: Journal) -> None:
        """Write if it is time."""
        if time.monotonic() - self._at > EVERY:
            self.at_once(journal)

    def at_once(self, journal: Journal) -> None:
        """Write if there is anything new."""
        if self._path is None or len(journal.entries) == self._n:
            return
        passes = [KeptPass(entry.asked, entry.numbers) for entry in journal.entries]
        write_checkpoint(self._path, self._about, passes)
        self._at, self._n = time.monotonic(), len(passes)
