"""What a user should be told about a fit: sentences, complete as they are."""

from __future__ import annotations

from collections.abc import Iterator

from emcli.core.families import Tail
from emcli.core.fit.fitting import Fitted
from emcli.core.fit.stopping import StopReason
from emcli.core.judge.degeneracy import Soundness
from emcli.tasks.settings import FitSettings

CALIBRATION = (
    (1, "about 1 in 2"),
    (2, "about 3 in 4"),
    (3, "about 5 in 6"),
    (5, "about 9 in 10"),
    (10, "about 98 in 100"),
)
"""How often the best optimum of a search was the best known one, by how often the search met it: measured over 285
problems on real data as 51, 73, 84, 90 and 98 in a hundred."""

FEW_ROWS_PER_PARAMETER = 3
"""Below this many rows per parameter the best optimum is neither findable nor meaningful."""


def notes_on(fitted: Fitted) -> Iterator[str]:
    """What happened that a reader may want to know."""
    if fitted.n_empty_rows:
        yield (
            f"{count(fitted.n_empty_rows, 'row')} with nothing observed: not used for fitting; "
            "their responsibilities are the weights"
        )
    if fitted.audit.failed:
        yield f"{count(fitted.audit.failed, 'start')} collapsed and did not take part"
    yield from tails(fitted.mixture.family.tail)
    yield from certainty(fitted)
    for other in fitted.alternatives:
        gain = other.log_likelihood - fitted.log_likelihood
        if gain > 0.0:
            yield f"a higher likelihood (+{gain:.1f}) exists at a solution {why_not(other.soundness)}"
            return


def tails(tail: Tail) -> Iterator[str]:
    """Components whose tails went as far as they may."""
    for sentence, at_bound in tail.at_bounds.items():
        if at_bound:
            components = ", ".join(str(k + 1) for k in at_bound)
            yield f"{'component' if len(at_bound) == 1 else 'components'} {components}: {sentence}"


def certainty(fitted: Fitted) -> Iterator[str]:
    """How sure the best optimum is, in words that the calibration supports."""
    if fitted.audit.tried < 2 or not fitted.converged:
        return
    sentence = odds(fitted.audit.agree)
    below = [other for other in fitted.alternatives if other.log_likelihood <= fitted.log_likelihood]
    if below:
        gap = fitted.log_likelihood - below[0].log_likelihood
        sentence += f"; a second solution {gap:.1f} nats lower groups {below[0].moved:.0%} of the rows differently"
    yield sentence


def odds(met: int) -> str:
    """How probable it is that an optimum met so often, at least once, is the best there is."""
    _, words = max(known for known in CALIBRATION if known[0] <= met)
    return f"the best optimum was met {count(met, 'time')}: {words} that nothing better exists"


def why_not(soundness: Soundness) -> str:
    """Why a more likely optimum was not chosen."""
    if soundness.at_floor:
        return "with a component as narrow as the recording of the data allows: equal values make it likely"
    return f"resting on {soundness.smallest_count:.0f} rows; it predicts left-out rows worse"


def warnings_on(fitted: Fitted, settings: FitSettings) -> Iterator[str]:
    """What may be wrong with the answer."""
    if fitted.stop_reason is StopReason.TIME_BUDGET:
        yield f"the time budget of {settings.time_budget} ran out: this is the best answer so far"
    elif not fitted.converged:
        yield (
            f"not converged after {count(settings.fitting.max_iterations, 'iteration')}; "
            "raise --max-iter, or read the result as it is"
        )
    if fitted.soundness.at_floor:
        yield (
            "a component is as narrow as the floor allows (equal or rounded values): "
            "its likelihood is not to be compared with others"
        )
    elif fitted.soundness.few_rows:
        yield f"the smallest component rests on {fitted.soundness.smallest_count:.1f} rows"
    if fitted.mixture.n_components > 1 and fitted.n_rows < FEW_ROWS_PER_PARAMETER * fitted.n_parameters:
        yield (
            f"{fitted.n_parameters} parameters from {fitted.n_rows} rows are too many to trust; "
            "try fewer components or --covariance tied or diag"
        )


def count(n: int, word: str) -> str:
    """'1 row', '2 rows'."""
    return f"{n} {word}" if n == 1 else f"{n} {word}s"
