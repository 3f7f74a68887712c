"""What all candidates of a sweep share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from emcli.core.families.elliptical.covariances import covariance_named
from emcli.core.fit.fitting import Fit
from emcli.core.fit.options import FitOptions, Watch
from emcli.core.fit.problem import MakeEngine, Problem
from emcli.core.judge.identification import check_rows
from emcli.core.passes.case_weights import EVERYTHING, CaseWeights
from emcli.core.rows.engine import Serial
from emcli.core.rows.survey import survey, those_taking_part
from emcli.core.sweep.rows import Rows
from emcli.core.sweep.scores import Candidate


@dataclass(frozen=True, eq=False)
class SweepContext:
    """What all candidates share: the rows, the options but for the number of components and the covariance model, who
    walks the rows, when to end with the best so far, and whether that may come: then small numbers of components are
    done before larger ones are begun."""

    rows: Rows
    options: FitOptions
    make_engine: MakeEngine = Serial
    watch: Watch | None = None
    out_of_time: Callable[[], bool] = lambda: False
    hurried: bool = False

    def problem(self, n_components: int, case_weights: CaseWeights | None = None) -> Problem:
        """The rows that take part, ready to be fitted with so many components at most."""
        found = survey(self.rows.table)
        used = those_taking_part(self.rows.table, found)
        return Problem(
            used,
            found,
            n_components=n_components,
            make_engine=self.make_engine,
            names=self.rows.columns,
            case_weights=case_weights,
        )

    def fit(self, problem: Problem, candidate: Candidate, counting: int = EVERYTHING) -> Fit:
        """The fit of a candidate; CannotFit where the rows do not determine it."""
        model = covariance_named(candidate.covariance)
        check_rows(problem.working, problem.found, candidate.k, model, self.rows.columns)
        options = replace(self.options, n_components=candidate.k, covariance=candidate.covariance)
        fit = Fit(problem, options, self.watch, None, self.out_of_time, counting)
        fit.model  # noqa: B018  where the rows do not determine its geometry this says so
        return fit
