"""Which candidate to take: a criterion that orders them, a rule that picks, and what is too close to call.

bic      -2 L + p log n: penalises parameters; consistent for the number of components
icl      BIC with a penalty for components that share rows: prefers separate clusters
aic      -2 L + 2 p: weaker penalty, tends to choose more
heldout  the log-likelihood of held-out rows (Smyth 2000): no penalty needed, the rows were not seen

The rule 'best' takes the best value.  '1se' takes the candidate with the fewest parameters whose held-out
log-likelihood is within one standard error (that of the best) of the best (Breiman et al. 1984, for trees).

A candidate that a floor holds up is not compared: its likelihood depends on how finely the data were recorded.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isfinite

from emcli.core.sweep.scores import Score

SAME_EVIDENCE = 2.0
"""A difference of BIC below this is 'not worth more than a bare mention' (Kass & Raftery 1995)."""

EQUAL = 1e-9  # relative: models that are the same on these data (all shapes of one column) differ by rounding


@dataclass(frozen=True)
class Criterion:
    """value(score) is None where the candidate cannot be judged; lower is better."""

    name: str
    words: str
    value: Callable[[Score], float | None]


def _heldout(score: Score) -> float | None:
    return None if score.held_out is None else -score.held_out.per_row


CRITERIA: dict[str, Criterion] = {
    one.name: one
    for one in (
        Criterion("bic", "BIC", lambda score: score.fitted.criteria.bic if score.fitted else None),
        Criterion("heldout", "held-out log-likelihood", _heldout),
        Criterion("aic", "AIC", lambda score: score.fitted.criteria.aic if score.fitted else None),
        Criterion("icl", "ICL", lambda score: score.fitted.criteria.icl if score.fitted else None),
    )
}


def ranked(scores: Sequence[Score], criterion: Criterion) -> list[Score]:
    """Candidates that can be compared, best first; of equal ones the one with fewer parameters comes first."""
    judged = [score for score in scores if _judged(score, criterion)]
    standing = [score for score in judged if not score.at_floor] or judged
    return sorted(standing, key=lambda score: (_rounded(score, criterion), *simplicity(score)))


def _judged(score: Score, criterion: Criterion) -> bool:
    value = criterion.value(score)
    return score.fitted is not None and value is not None and isfinite(value)


def _rounded(score: Score, criterion: Criterion) -> float:
    """The value to ten significant digits, so that rounding does not decide between equal models."""
    return float(f"{criterion.value(score) or 0.0:.10g}")


def simplicity(score: Score) -> tuple[int, int, int]:
    """Fewer parameters, then fewer components, then the order asked for."""
    assert score.fitted is not None
    return (score.fitted.n_parameters, score.k, score.candidate.place)


def best(order: Sequence[Score]) -> Score:
    """The first in the order."""
    return order[0]


def within_one_error(order: Sequence[Score]) -> Score:
    """The simplest candidate whose held-out value is within one standard error of the best."""
    first = order[0].held_out
    assert first is not None
    least = first.per_row - first.standard_error
    return min((s for s in order if s.held_out and s.held_out.per_row >= least), key=simplicity, default=order[0])


RULES: dict[str, Callable[[Sequence[Score]], Score]] = {"best": best, "1se": within_one_error}


@dataclass(frozen=True)
class NearTie:
    """Another candidate that the criterion hardly tells from the chosen one.

    difference  how much worse it is (better where a rule preferred the simpler one), in units of the criterion
    error       standard error of the difference, row by row; None where the criterion has none
    """

    other: Score
    difference: float
    error: float | None = None


def near_ties(order: Sequence[Score], chosen: Score, criterion: Criterion) -> list[NearTie]:
    """Candidates too close to the chosen one to call, nearest first; equal models count as one."""
    ties = [tie for other in order if other is not chosen and (tie := _tie(other, chosen, criterion)) is not None]
    return sorted(ties, key=lambda tie: abs(tie.difference))


def _tie(other: Score, chosen: Score, criterion: Criterion) -> NearTie | None:
    here, there = criterion.value(chosen), criterion.value(other)
    assert here is not None and there is not None
    if other.k == chosen.k and abs(there - here) <= EQUAL * abs(here):
        return None  # the same model under another name
    if criterion is CRITERIA["heldout"]:
        assert chosen.held_out is not None and other.held_out is not None
        lead, error = chosen.held_out.lead_over(other.held_out)
        return NearTie(other, lead, error) if abs(lead) < error else None
    return NearTie(other, there - here) if there - here < SAME_EVIDENCE else None
