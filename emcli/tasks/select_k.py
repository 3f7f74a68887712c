"""select-k: a table in, the scores of all candidates out, and if wanted the model that was chosen."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from emcli.core.model.plain import from_plain
from emcli.core.sweep.likelihood_ratio import SIGNIFICANT, RatioTest
from emcli.core.sweep.rows import Rows, informative
from emcli.core.sweep.scores import Score
from emcli.data.membership import Labels, compact
from emcli.data.rows import FloatArray
from emcli.errors import BadData, CannotFit, UsageError
from emcli.io.models.model_file import model_form, write_model
from emcli.io.read.columns.column_spec import locate_columns, select_columns
from emcli.io.read.store.row_store import RESERVED
from emcli.io.read.tables.table_source import TableSource, open_table
from emcli.io.write.outputs.output import ByteSink, Outputs, check_output, refuse_same_file
from emcli.io.write.sinks.row_sink import new_table
from emcli.process.giving_back import give_back
from emcli.report.pictures.canvas import check_picture, rendered
from emcli.report.pictures.curves import INCHES, Curves, draw_curves
from emcli.tasks import fit
from emcli.tasks.backend.place import place_for
from emcli.tasks.fitting.fit_notes import notes_on, warnings_on
from emcli.tasks.fitting.fitted_model import describe
from emcli.tasks.fitting.scores import HEADER, ScoreRow, SweepBegun, row_of, told
from emcli.tasks.fitting.selection import (
    Question,
    Selection,
    SweepWatch,
    choose,
    folds_for,
    in_words,
    most_repeated,
    shapes,
)
from emcli.tasks.model_rows.answers import Answers
from emcli.tasks.model_rows.gaps import rows_to_keep
from emcli.tasks.model_rows.points import Points, row_points
from emcli.tasks.model_rows.reports import TableRead, Writing
from emcli.tasks.settings import AnswerSettings, FitSettings, SelectKSettings, TableSettings

MOST_GROUPS = (1 << 31) - 1  # as many as four bytes tell apart
PER_DENSITY = 16  # bytes of a held-out row's log density, and of a copy while folds are put together


@dataclass(frozen=True)
class SelectKReport:
    """What came of a sweep.

    model  the dict of the chosen model's file
    ties   what is too close to call, in words
    tests  the likelihood-ratio tests, in words
    points makes points for a picture of the rows under the chosen model
    """

    table: TableRead
    rows: tuple[ScoreRow, ...]
    chosen: ScoreRow
    model: dict[str, Any]
    criterion: str
    rule: str
    complete: bool
    converged: bool
    n_replicates: int
    ties: tuple[str, ...]
    tests: tuple[str, ...]
    notes: tuple[str, ...]
    warnings: tuple[str, ...]
    seconds: float
    points: Callable[[], Points]

    def as_dict(self) -> dict[str, Any]:
        """The summary object of --json; no times, so that it is the same on every run."""
        return {
            "criterion": self.criterion,
            "rule": self.rule,
            "complete": self.complete,
            "chosen": _plain(self.chosen),
            "scores": [_plain(row) for row in self.rows],
            "ties": list(self.ties),
            "tests": list(self.tests),
            "notes": list(self.notes),
            "warnings": list(self.warnings),
        }


def _plain(row: ScoreRow) -> dict[str, Any]:
    named = {name: getattr(row, name) for name in HEADER}
    return named if row.wins is None else {**named, "bootstrap_wins": row.wins}


def run(settings: SelectKSettings, watch: SweepWatch, *, with_table: bool = True) -> SelectKReport:
    """Compare all candidates and write the scores, and what else is asked for.

    with_table  False where the table is shown to a person in another form instead of being written
    """
    began = time.monotonic()
    check_paths(settings)
    choice = set_apart(settings)
    with (
        place_for(settings.running, watch) as place,
        place.open(settings.input, settings.table.reading) as source,
    ):
        read = fit.read_rows(source, choice, settings.keeping, place=place)
        rows = rows_of(settings, read, source)
        covariances = shapes(settings.sweep.covariances, rows.table.n_features)
        check_room(settings, rows, len(covariances) * len(settings.numbers), source)
        watch(SweepBegun(read.told, settings.numbers, tuple(covariances)))
        question = Question(
            ks=settings.numbers,
            sweep=settings.sweep,
            criterion=settings.criterion,
            rule=settings.rule,
            n_replicates=settings.bootstrap,
            likelihood_ratio=settings.lrt,
            seconds=settings.seconds,
        )
        try:
            selection = choose(rows, question, lambda event: watch(told(event)), place)
        except CannotFit as error:
            raise error.at(source.name) from None
        winner = winner_settings(settings, selection, choice)
        model = selected_model(selection, read, winner, settings.criterion, settings.rule)
        table = score_rows(selection, settings)
        points = place.ready(partial(row_points, selection.fitted.mixture, read.table.columns, read.used))
        watch(Writing())
        products = Products(settings, choice, model, table)
        products.write(read.table.positions, source, with_table=with_table)
    return SelectKReport(
        table=read.told,
        rows=tuple(table),
        chosen=next(row for row in table if row.chosen),
        model=model,
        criterion=settings.criterion,
        rule=settings.rule,
        complete=selection.complete,
        converged=selection.fitted.converged,
        n_replicates=selection.n_replicates,
        ties=tuple(in_words(tie, selection.chosen, settings.criterion) for tie in selection.ties),
        tests=tuple(test_in_words(test) for test in selection.tests),
        notes=(*read.notes, *notes(selection, rows)),
        warnings=tuple(warnings(selection, settings, winner)),
        seconds=time.monotonic() - began,
        points=points,
    )


def check_paths(settings: SelectKSettings) -> None:
    """Refuse outputs that cannot be written, and pictures that cannot be drawn, before any work is done."""
    outputs: dict[str, str | None] = {
        "the table": settings.output.output,
        "the model": settings.best,
        "the responsibilities": settings.responsibilities,
        "the picture": settings.plot,
    }
    for path in outputs.values():
        if path is not None:
            check_output(path, settings.output.clobber)
    refuse_same_file(outputs, {"the test table": settings.test})
    if settings.plot is not None:
        check_picture(settings.plot, "--plot")


def set_apart(settings: SelectKSettings) -> TableSettings:
    """The choice of columns, with the column of groups among those that are never modelled."""
    table = settings.table
    if settings.group is None:
        return table
    return replace(table, id=settings.group if table.id is None else f"{table.id},{settings.group}")


def rows_of(settings: SelectKSettings, read: fit.Rows, source: TableSource) -> Rows:
    """The rows of the sweep: folds, groups, and the rows of the test table."""
    columns = read.table.columns
    rows = Rows(read.place.for_jobs(read.used), columns)
    if settings.lrt and not rows.table.in_memory:
        hint = "raise --memory, leave --lrt out, or test on a sample of the rows"
        raise UsageError("simulates tables as large as this one, which is not in memory", where="--lrt", hint=hint)
    groups = None if settings.group is None else group_numbers(source, settings.group)[read.keep]
    test_values, test_weights = test_rows(settings, columns) if settings.test else (None, None)
    n_folds = 0 if settings.test else settings.folds
    folds = folds_for(rows.used, n_folds, settings.sweep.seed, groups)
    return Rows(rows.table, columns, folds, groups, test_values, test_weights)


def check_room(settings: SelectKSettings, rows: Rows, n_candidates: int, source: TableSource) -> None:
    """UsageError where rows on disk are held out, and what is said of them would need more memory than is allowed."""
    if rows.table.in_memory or settings.running.on_cluster:
        return
    give_back()
    needed = RESERVED + PER_DENSITY * n_candidates * rows.n
    if rows.folds is not None and needed > settings.keeping.most_bytes:
        raise UsageError(
            f"the held-out rows of {n_candidates} candidates need about {needed / 1e6:.0f} MB",
            where=source.name,
            hint="raise --memory, try fewer candidates, or use --folds 0 with --criterion bic",
        )


def group_numbers(source: TableSource, spec: str) -> Labels:
    """A number (n,) for each row that is the same for rows with the same text in the column; a gap is a text."""
    position = one_column(source, spec, "--group")
    numbers: dict[str, int] = {}

    def number(text: str) -> int:
        return numbers.setdefault(text, len(numbers))

    return compact((map(number, block.texts(position)) for block in source.blocks()), MOST_GROUPS)


def one_column(source: TableSource, spec: str, option: str) -> int:
    """The position of the one column that an option names."""
    found = select_columns(spec, source.header, where=source.name)
    if len(found) != 1:
        raise BadData(f"{option} {spec} names {len(found)} columns, not one", where=source.name)
    return found[0]


def test_rows(settings: SelectKSettings, columns: tuple[str, ...]) -> tuple[FloatArray, FloatArray]:
    """The modelled columns (m, d) and the weights (m,) of the test table."""
    assert settings.test is not None
    table = settings.table
    with open_table(settings.test, table.reading) as source:
        positions = locate_columns(columns, source.header, where=source.name)
        at = None if table.weights is None else one_column(source, table.weights, "--weights")
        values, weights = [], []
        for block in source.blocks():
            numbers = block.numbers(positions)
            keep = rows_to_keep(numbers, table.missing, block, source, positions)
            values.append(numbers[keep])
            weights.append(np.ones(int(keep.sum())) if at is None else block.numbers([at])[keep, 0])
        stacked, heavy = np.concatenate(values), np.concatenate(weights)
        if not informative(stacked, np.nan_to_num(heavy)).any():
            raise BadData("no rows to judge by", where=source.name)
        if not (heavy >= 0.0).all():
            raise BadData("a missing or negative weight", where=source.name, hint="weights are numbers from 0 on")
    return stacked, heavy


def winner_settings(settings: SelectKSettings, selection: Selection, choice: TableSettings) -> FitSettings:
    """The settings with which `fit` would be asked for the chosen candidate."""
    return FitSettings(
        n_components=selection.chosen.k,
        input=settings.input,
        fitting=settings.sweep.fitting(selection.chosen.covariance),
        table=choice,
    )


def selected_model(
    selection: Selection, read: fit.Rows, winner: FitSettings, criterion: str, rule: str
) -> dict[str, Any]:
    """The dict of the chosen model's file: that of a fit, and what it was chosen from and by."""
    chosen_by = {
        "criterion": criterion,
        "rule": rule,
        "covariances": list(selection.covariances),
        "components": sorted({score.k for score in selection.scores}),
        "complete": selection.complete,
    }
    table = read.table
    return describe(
        selection.fitted,
        table.columns,
        winner.fitting,
        fit.row_choices(winner),
        input_sha256=table.sha256,
        chosen_by=chosen_by,
        training=read.training(selection.fitted),
    )


def score_rows(selection: Selection, settings: SelectKSettings) -> list[ScoreRow]:
    """The table, in the order asked for."""
    ranks = {score.candidate: i for i, score in enumerate(selection.order, 1)}
    late = f"not reached within {settings.time_budget}"
    unfinished = {
        score.candidate: late for score in selection.scores if not selection.complete and not _done(score, settings)
    }
    return [
        replace(
            row_of(score),
            chosen=score.candidate == selection.chosen.candidate,
            reason=score.reason or unfinished.get(score.candidate, "") or held_up(score),
            wins=None if selection.wins is None else selection.wins.get((score.covariance, score.k), 0),
            rank=ranks.get(score.candidate),
        )
        for score in selection.scores
    ]


def _done(score: Score, settings: SelectKSettings) -> bool:
    wants_held_out = bool(settings.folds or settings.test)
    return score.fitted is not None and (score.held_out is not None or not wants_held_out)


def held_up(score: Score) -> str:
    """Why a candidate that was fitted was not compared."""
    return "a component is as narrow as the recording of the data allows" if score.at_floor else ""


@dataclass(frozen=True)
class Products:
    """What is written: the table, the model, the responsibilities and the picture; all of them, or none."""

    settings: SelectKSettings
    choice: TableSettings
    model: dict[str, Any]
    rows: list[ScoreRow]

    def write(self, positions: Sequence[int], source: TableSource, *, with_table: bool) -> None:
        """Write what was asked for; `positions` are those of the modelled columns."""
        settings = self.settings
        with Outputs(clobber=settings.output.clobber) as outputs:
            if with_table:
                self.table(outputs.open(settings.output.output))
            if settings.best is not None:
                write_model(self.model, outputs.open(settings.best), form=model_form(settings.best))
            if settings.responsibilities is not None:
                given = AnswerSettings(digits=settings.digits)
                answers = Answers(from_plain(self.model), source, positions, self.choice, given)
                answers.write(outputs.open(settings.responsibilities))
            if settings.plot is not None:
                form = check_picture(settings.plot, "--plot")
                picture = rendered(partial(draw_curves, curves=curves(self.rows)), INCHES, form)
                outputs.open(settings.plot).write(picture)

    def table(self, out: ByteSink) -> None:
        """One line per candidate, with a column of wins if there was a bootstrap."""
        columns = {name: [getattr(row, name) for row in self.rows] for name in HEADER}
        if self.settings.bootstrap:
            columns["bootstrap_wins"] = [row.wins for row in self.rows]
        sink = new_table(out, list(columns), digits=self.settings.digits)
        sink.write_rows(list(columns.values()))


def curves(table: list[ScoreRow]) -> list[Curves]:
    """The table as curves over k, one group per covariance model."""
    return [
        Curves(
            name=name,
            k=[row.k for row in table if row.covariance == name],
            train=[row.train_per_row for row in table if row.covariance == name],
            heldout=[row.heldout_per_row for row in table if row.covariance == name],
            error=[row.heldout_se for row in table if row.covariance == name],
            bic=[row.bic for row in table if row.covariance == name],
            kmeans=[row.kmeans_loss for row in table if row.covariance == name],
            chosen=next((row.k for row in table if row.covariance == name and row.chosen), None),
        )
        for name in dict.fromkeys(row.covariance for row in table)
    ]


def test_in_words(test: RatioTest) -> str:
    """A likelihood-ratio test as a sentence."""
    if test.p_value is None:
        return ""
    verdict = "more than chance" if test.p_value <= SIGNIFICANT else "no more than chance"
    return (
        f"{test.covariance} k = {test.k} against {test.larger}: 2 log ratio {test.statistic:.2f}, "
        f"p = {test.p_value:.2g} from {test.n_tables} simulated tables: {verdict}"
    )


def notes(selection: Selection, rows: Rows) -> Iterator[str]:
    """What a reader of the table should know."""
    yield from notes_on(selection.fitted)
    refused = [s for s in selection.scores if s.fitted is not None and (s.at_floor or _refused(s))]
    repeated = most_repeated(rows.values, rows.columns) if refused and rows.table.in_memory else None
    if repeated is not None:
        name, value, n = repeated
        yield (
            f"{n} rows have {name} = {value:g}: equal values let the likelihood grow without bound, so optima as "
            f"narrow as that were not taken ({_counted(len(refused), 'candidate')})"
        )
    failed = [score for score in selection.scores if score.reason]
    if failed:
        first = failed[0]
        more = f", and {len(failed) - 1} more" if len(failed) > 1 else ""
        yield f"{first.covariance} k = {first.k}: {first.reason}{more}"


def _refused(score: Score) -> bool:
    """Whether a more likely optimum was not taken because a floor held it up."""
    assert score.fitted is not None
    others = score.fitted.alternatives
    return any(o.soundness.at_floor and o.log_likelihood > score.fitted.log_likelihood for o in others)


def warnings(selection: Selection, settings: SelectKSettings, winner: FitSettings) -> Iterator[str]:
    """What may be wrong with the choice."""
    if not selection.complete:
        yield f"the time budget of {settings.time_budget} ran out: this is the best answer so far"
    yield from warnings_on(selection.fitted, winner)
    if selection.chosen.at_floor:
        return
    largest = max(score.k for score in selection.scores)
    if selection.chosen.k == largest and largest > 1 and len(set(settings.numbers)) > 1:
        yield f"the largest k that was tried was chosen: more components may be better; try -k {largest}-{2 * largest}"


def _counted(n: int, word: str) -> str:
    return f"{n} {word}" if n == 1 else f"{n} {word}s"


__all__ = ["ScoreRow", "SelectKReport", "SweepBegun", "run"]
