"""All candidates of a sweep, and which piece of work can be done next.

Every covariance model is a chain: the fit for k starts, besides fresh starts, from the fit for the next smaller k
with one component split.  Every fold is a chain beside it, whose fit for k also waits for the fit to all rows.  Models
do not wait for each other, nor folds, nor the chain for its folds, so there is work for many cores; answers depend
on the chains alone.

The sweep hands out jobs and takes in their answers; who runs them, and how many at once, is not its business.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from emcli.core.fit.fitted import Fitted
from emcli.core.fit.fitting import FitOptions
from emcli.core.sweep.heldout import HeldOut
from emcli.core.sweep.jobs import Failure, FitJob, FoldJob, Job, Judged, KMeansJob, judged_rows
from emcli.core.sweep.kmeans_loss import Centres
from emcli.core.sweep.rows import Rows, informative
from emcli.core.sweep.scores import Candidate, Score
from emcli.data.table import FloatArray

CHAIN, FOLD = 0, 1  # of equal k, chains come first: folds can be done any time later


@dataclass
class _Progress:
    """A candidate's score so far, and the folds that are done; None for one that failed."""

    score: Score
    folds: dict[int, Judged | None]


class Sweep:
    """The candidates ks x covariances on some rows, with options that all of them share.

    compare_kmeans  whether the k-means loss is computed beside them
    """

    def __init__(
        self,
        rows: Rows,
        ks: Sequence[int],
        covariances: Sequence[str],
        options: FitOptions,
        *,
        compare_kmeans: bool = True,
    ) -> None:
        self.rows, self.options = rows, options
        self.ks, self.covariances = sorted(set(ks)), list(dict.fromkeys(covariances))
        self.n_folds = 0 if rows.folds is None else int(rows.folds.max()) + 1
        self.compare_kmeans = compare_kmeans
        self.losses: dict[int, float] = {}
        self._cells = {
            candidate: _Progress(Score(candidate), {})
            for place, covariance in enumerate(self.covariances)
            for k in self.ks
            for candidate in (Candidate(k, covariance, place),)
        }

    def first(self) -> list[Job]:
        """What can be done at once."""
        jobs: list[Job] = [self._fit(Candidate(self.ks[0], name, i), ()) for i, name in enumerate(self.covariances)]
        return [*jobs, *self._kmeans(self.ks[0], None)]

    def take(self, job: Job, answer: Any, seconds: float) -> tuple[list[Job], list[Score]]:
        """The answer of a job: what can be done next, and which scores have changed."""
        if isinstance(job, KMeansJob):
            return self._take_kmeans(job, answer)
        if isinstance(job, FitJob):
            return self._take_fit(self._candidate(job.options), answer, seconds)
        assert isinstance(job, FoldJob)
        scores = self._take_fold(job, answer, seconds)
        candidate = self._candidate(job.options)
        larger = [replace(candidate, k=k) for k in self._next_k(candidate.k)]
        return [following for one in larger for following in self._fold(one, job.fold)], scores

    def scores(self) -> list[Score]:
        """The scores, in the order of the table."""
        found = [cell.score for cell in self._cells.values()]
        losses = [replace(score, kmeans_loss=self.losses.get(score.k)) for score in found]
        return sorted(losses, key=lambda score: score.candidate.order)

    def _candidate(self, options: FitOptions) -> Candidate:
        return Candidate(options.n_components, options.covariance, self.covariances.index(options.covariance))

    def _options(self, candidate: Candidate) -> FitOptions:
        return replace(self.options, n_components=candidate.k, covariance=candidate.covariance)

    def _fit(self, candidate: Candidate, also: Iterable[Fitted]) -> FitJob:
        smaller = tuple(fitted.mixture for fitted in also if fitted.mixture.n_components == candidate.k - 1)
        return FitJob(self._options(candidate), smaller, (candidate.k, CHAIN, candidate.place))

    def _next_k(self, k: int) -> list[int]:
        at = self.ks.index(k) + 1
        return self.ks[at : at + 1]

    def _take_fit(self, candidate: Candidate, answer: Any, seconds: float) -> tuple[list[Job], list[Score]]:
        cell = self._cells[candidate]
        fitted = answer if isinstance(answer, Fitted) else None
        larger = [Candidate(k, candidate.covariance, candidate.place) for k in self._next_k(candidate.k)]
        jobs: list[Job] = [self._fit(other, [fitted] if fitted else []) for other in larger]
        if fitted is None:
            cell.score = replace(cell.score, reason=_reason(answer), seconds=seconds)
            return jobs, [cell.score]
        cell.score = replace(
            cell.score,
            fitted=fitted,
            train_per_row=fitted.log_likelihood / self.rows.total_weight,
            held_out=self._tested(fitted),
            seconds=seconds,
        )
        jobs += [job for fold in range(self.n_folds) for job in self._fold(candidate, fold)]
        return jobs, [cell.score]

    def _fold(self, candidate: Candidate, fold: int) -> list[Job]:
        """The fold's job if it can be done: the candidate is fitted, and the fold of the next smaller k answered."""
        whole, before = self._cells[candidate].score.fitted, self._smaller(candidate)
        if whole is None:
            return []
        fewer = None
        if before is not None and before.score.fitted is not None:
            if fold not in before.folds:
                return []
            judged = before.folds[fold]
            if judged is not None and judged.mixture.n_components == candidate.k - 1:
                fewer = judged.mixture
        rank = (candidate.k + 1, FOLD, candidate.place, fold)
        return [FoldJob(fold, whole.mixture, fewer, self._options(candidate), rank)]

    def _smaller(self, candidate: Candidate) -> _Progress | None:
        """The candidate with the next smaller k."""
        at = self.ks.index(candidate.k)
        return self._cells[replace(candidate, k=self.ks[at - 1])] if at else None

    def _tested(self, fitted: Fitted) -> HeldOut | None:
        rows = self.rows
        if rows.test_values is None or rows.test_weights is None:
            return None
        judged = informative(rows.test_values, rows.test_weights)
        return HeldOut(judged_rows(fitted.mixture, rows), rows.test_weights[judged])

    def _take_fold(self, job: FoldJob, answer: Any, seconds: float) -> list[Score]:
        cell = self._cells[self._candidate(job.options)]
        cell.score = replace(cell.score, seconds=cell.score.seconds + seconds)
        cell.folds[job.fold] = answer if isinstance(answer, Judged) else None
        if isinstance(answer, Failure):
            first = not cell.score.reason
            reason = f"without fold {job.fold + 1}: {answer.reason}" if first else cell.score.reason
            cell.score = replace(cell.score, reason=reason)
            return [cell.score]
        done = {fold: judged.log_density for fold, judged in cell.folds.items() if judged is not None}
        if len(done) == self.n_folds:
            cell.score = replace(cell.score, held_out=self._assembled(done))
            return [cell.score]
        return []

    def _assembled(self, folds: dict[int, FloatArray]) -> HeldOut:
        """The folds' log densities in the order of the rows."""
        numbers = self.rows.folds
        assert numbers is not None
        densities = np.zeros(len(numbers))
        for fold, values in folds.items():
            densities[numbers == fold] = values
        used = numbers >= 0
        groups = None if self.rows.groups is None else self.rows.groups[used]
        return HeldOut(densities[used], self.rows.case_weights[used], groups)

    def _kmeans(self, k: int, fewer: Centres | None) -> list[Job]:
        return [KMeansJob(k, fewer, self.options, (k, CHAIN, len(self.covariances)))] if self.compare_kmeans else []

    def _take_kmeans(self, job: KMeansJob, answer: Any) -> tuple[list[Job], list[Score]]:
        centres = answer if isinstance(answer, Centres) else job.fewer
        if isinstance(answer, Centres):
            self.losses[job.k] = answer.loss
        following = [next_job for k in self._next_k(job.k) for next_job in self._kmeans(k, centres)]
        return following, [replace(s, kmeans_loss=self.losses.get(s.k)) for s in self.scores() if s.k == job.k]


def _reason(answer: Any) -> str:
    return answer.reason if isinstance(answer, Failure) else "not fitted"
