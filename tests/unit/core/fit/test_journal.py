"""A fit that goes on from written passes, and a fit that runs out of time."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from emcli.core.fit.fitted import Fitted
from emcli.core.fit.fitting import FitOptions, fit_blocks
from emcli.core.fit.journal import CheckpointMismatch, Journal
from emcli.core.fit.stopping import StopReason
from emcli.data.blocks import in_blocks
from emcli.data.rows import FloatArray
from emcli.errors import BadData, InputError
from emcli.tasks.fitting.checkpoints import kept_passes

from ..grounds import clusters

VALUES = clusters(120, 2, 3, apart=2.0)
VALUES[::7, 1] = np.nan
MANY = clusters(10_400, 2, 3, apart=6.0, seed=1)
ABOUT = {"seed": 0}


def fitted(values: FloatArray, options: FitOptions, journal: Journal | None = None) -> Fitted:
    return fit_blocks(in_blocks(values, np.ones(len(values))), options, recorder=journal)


def bits(fit: Fitted) -> list[float]:
    return [*fit.mixture.family.means.ravel().tolist(), *fit.history, fit.log_likelihood, fit.criteria.icl]


class Interrupted(Exception):
    pass


def stop_after(n: int) -> Callable[[Journal], None]:
    def stop(journal: Journal) -> None:
        if len(journal.entries) == n:
            raise Interrupted

    return stop


@pytest.mark.parametrize(
    ("values", "options"),
    [
        (VALUES, FitOptions(2, n_starts=1, tolerance=1e-4)),
        (VALUES, FitOptions(2, n_starts=1, noise=True)),
        (VALUES, FitOptions(2, n_starts=1, family="t")),
        (MANY, FitOptions(3, n_starts=1, tolerance=1e-3)),
    ],
)
def test_an_interrupted_fit_goes_on_to_the_same_bits(values: FloatArray, options: FitOptions, tmp_path: Path) -> None:
    whole = Journal()
    expected = bits(fitted(values, options, whole))
    path = str(tmp_path / "checkpoint")
    n_passes = len(whole.entries)
    for n in {1, n_passes - 1}:
        (tmp_path / "checkpoint").unlink(missing_ok=True)
        with pytest.raises(Interrupted), kept_passes(path, path, ABOUT, lambda: False) as journal:
            assert journal is not None
            journal._written = stop_after(n)
            fitted(values, options, journal)
        with kept_passes(None, path, ABOUT, lambda: False) as journal:
            assert journal is not None
            assert len(journal.entries) == n
            assert bits(fitted(values, options, journal)) == expected
            assert len(journal.entries) == n_passes


def test_passes_of_another_fit_are_noticed() -> None:
    whole = Journal()
    fitted(VALUES, FitOptions(3, n_starts=1), whole)
    with pytest.raises(CheckpointMismatch):
        fitted(VALUES + 1e-6 * VALUES**2, FitOptions(3, n_starts=1), Journal(whole.entries))


def test_a_checkpoint_is_checked_before_it_is_used(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint"
    with kept_passes(str(path), None, ABOUT, lambda: False) as journal:
        fitted(VALUES, FitOptions(2, n_starts=1), journal)
    read = partial(kept_passes, None, str(path))
    with pytest.raises(BadData, match="seed was 0, and is 1 now"), read({"seed": 1}, lambda: False):
        pass
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(BadData, match="damaged"), read(ABOUT, lambda: False):
        pass
    path.write_text("something else")
    with pytest.raises(BadData, match="no checkpoint"), read(ABOUT, lambda: False):
        pass
    with pytest.raises(InputError), kept_passes(None, str(tmp_path / "absent"), ABOUT, lambda: False):
        pass


@pytest.mark.parametrize("values", [VALUES, MANY])
def test_out_of_time_a_fit_ends_with_the_best_so_far_and_says_so(values: FloatArray) -> None:
    rows = in_blocks(values, np.ones(len(values)))
    asked = iter(range(10**9))
    cut = fit_blocks(rows, FitOptions(3), out_of_time=lambda: next(asked) > 40)
    assert cut.stop_reason is StopReason.TIME_BUDGET
    assert not cut.converged
    assert len(list(cut.trace())) == len(cut.history)
    at_once = fit_blocks(rows, FitOptions(3), out_of_time=lambda: True)
    assert at_once.stop_reason is StopReason.TIME_BUDGET
    assert at_once.log_likelihood <= fit_blocks(rows, FitOptions(3)).log_likelihood + 1e-6
    if values is VALUES:  # what is better on a sample may be worse on all rows until it is climbed on there
        assert at_once.log_likelihood < cut.log_likelihood + 1e-6
