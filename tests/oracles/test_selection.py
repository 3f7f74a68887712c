"""Choosing k against what other programs computed, and against data whose k is known."""

from __future__ import annotations

import csv
import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from emcli.core.families.elliptical.covariances import COVARIANCES
from emcli.core.fit.asking import drive
from emcli.core.fit.fitting import FitOptions
from emcli.core.sweep.choice import CRITERIA, ranked
from emcli.core.sweep.context import SweepContext
from emcli.core.sweep.folds import fold_numbers
from emcli.core.sweep.rows import rows_of_arrays
from emcli.core.sweep.scores import Score
from emcli.core.sweep.sweep import Sweep
from emcli.data.rows import FloatArray

REFERENCE = Path(__file__).parent / "reference"
FEATURES = json.loads((REFERENCE / "features.json").read_text(encoding="utf-8"))
HELD_OUT = json.loads((REFERENCE / "heldout_curves.json").read_text(encoding="utf-8"))
ONE_COLUMN = {"E": "tied", "V": "full"}  # mclust's names in one dimension
STARTS = 4  # the default of select-k


def mclust() -> list[dict[str, str]]:
    with (REFERENCE / "mclust_models.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


MCLUST = mclust()
DATA = list(dict.fromkeys(row["data"] for row in MCLUST))


def read(data: str) -> FloatArray:
    with (REFERENCE / "data" / f"{data}.csv").open(encoding="utf-8") as file:
        return np.array([[float(row[name] or "nan") for name in FEATURES[data]] for row in csv.DictReader(file)])


def sweep_over(
    values: FloatArray,
    ks: range,
    covariances: list[str],
    n_folds: int = 0,
    *,
    kmeans: bool = False,
    starts: int = STARTS,
) -> list[Score]:
    n, d = values.shape
    folds = fold_numbers(np.ones(n, dtype=bool), n_folds, np.random.default_rng([0, 0])) if n_folds else None
    rows = rows_of_arrays(values, np.ones(n), tuple(f"x{j}" for j in range(d)), folds)
    context = SweepContext(rows, FitOptions(1, n_starts=starts))
    return drive(Sweep(context, ks, covariances, compare_kmeans=kmeans).run())


def test_parameters_are_counted_as_mclust_counts_them() -> None:
    for row in MCLUST:
        k, d = int(row["k"]), len(FEATURES[row["data"]])
        model = COVARIANCES[ONE_COLUMN.get(row["model"], row["model"])]
        assert k - 1 + k * d + model.n_parameters(k, d) == int(row["n_parameters"]), row


@pytest.mark.parametrize(
    ("data", "model", "k"), [("faithful", "EEE", 3), ("iris", "VEV", 2), ("diabetes", "VVV", 3), ("acidity", "V", 2)]
)
def test_the_published_choices_of_mclust_have_its_bic_or_better(data: str, model: str, k: int) -> None:
    (row,) = [r for r in MCLUST if (r["data"], r["model"], r["k"]) == (data, model, str(k))]
    (score,) = sweep_over(read(data), range(k, k + 1), [ONE_COLUMN.get(model, model)])
    assert score.fitted is not None
    tight = float(row["log_likelihood_tight"])
    n = len(read(data))
    assert score.fitted.criteria.bic <= -2.0 * tight + int(row["n_parameters"]) * np.log(n) + 0.02
    assert score.fitted.criteria.bic == pytest.approx(float(row["bic"]), abs=0.03) or score.fitted.criteria.bic < float(
        row["bic"]
    )


def test_old_faithful_is_three_tied_components_by_bic() -> None:
    order = ranked(sweep_over(read("faithful"), range(1, 5), ["full", "tied", "diag"]), CRITERIA["bic"])
    assert (order[0].covariance, order[0].k) == ("tied", 3)
    assert order[0].fitted is not None
    assert 2314.29 <= order[0].fitted.criteria.bic <= 2314.32


def refused(score: Score, least: float) -> bool:
    """Whether the search met an optimum that is as likely and refused it: the reasons are in its soundness."""
    assert score.fitted is not None
    as_likely = [other for other in score.fitted.alternatives if other.log_likelihood >= least]
    return any(other.soundness.suspicious for other in as_likely)


# Sound optima, all with k >= 7, that the sweep's four starts and a split do not meet: known to be missed, by 0.4 to 8.4
# nats.  `select-k --starts 10` or `fit` meet the first three.
MISSED = {
    ("geyser", "EEE", "8"),
    ("geyser", "EEE", "9"),
    ("faithful", "VEI", "7"),
    ("geyser", "EEI", "8"),
    ("iris_petal", "VEV", "8"),
    ("iris_petal", "VEV", "9"),
}


@pytest.mark.slow
@pytest.mark.parametrize("data", DATA)
def test_no_candidate_is_less_likely_than_mclust_at_the_same_cell_unless_that_optimum_is_unsound(data: str) -> None:
    values = read(data)
    # With more parameters than rows every optimum is unsound, and what is refused is each program's own taste.
    cells = [
        row
        for row in MCLUST
        if row["data"] == data and row["log_likelihood_tight"] and int(row["n_parameters"]) < len(values)
    ]
    for model in dict.fromkeys(row["model"] for row in cells):
        known = {int(row["k"]): row for row in cells if row["model"] == model}
        for score in sweep_over(values, range(1, max(known) + 1), [ONE_COLUMN.get(model, model)]):
            row = known.get(score.k)
            if row is None or (data, model, row["k"]) in MISSED:
                continue
            assert score.fitted is not None, (row, score.reason)
            least = float(row["log_likelihood_tight"]) - 0.01
            assert score.fitted.log_likelihood >= least or refused(score, least), row


@pytest.mark.parametrize("data", ["faithful_full", "iris_full", "iris_petal_full"])
def test_held_out_curves_agree_with_stored_ones_within_two_standard_errors(data: str) -> None:
    stored = HELD_OUT[data]
    scores = sweep_over(read(stored["dataset"]), range(1, 5), [stored["cov"]], stored["folds"])
    for score, point in zip(scores, stored["curve"], strict=False):
        assert score.held_out is not None and score.k == point["k"]
        assert abs(score.held_out.per_row - point["heldout_mean"]) < 2.0 * score.held_out.standard_error, point


@pytest.mark.parametrize("data", DATA)
def test_the_kmeans_loss_falls_with_every_k_on_every_data_set(data: str) -> None:
    losses = [score.kmeans_loss for score in sweep_over(read(data), range(1, 8), ["identity"], kmeans=True, starts=1)]
    known = [loss for loss in losses if loss is not None]
    assert len(known) == 7
    assert all(after < before for before, after in pairwise(known))


def known_mixture(seed: int) -> tuple[int, FloatArray]:
    """A thousand rows from k = 2 .. 5 normal clusters, centres at least seven standard deviations apart."""
    rng = np.random.default_rng([20, seed])
    k = int(rng.integers(2, 6))
    centres = rng.uniform(-1.0, 1.0, (k, 2))
    gaps = np.linalg.norm(centres[:, None] - centres[None], axis=2)
    centres *= 7.0 / gaps[np.triu_indices(k, 1)].min()
    factors = np.linalg.cholesky([np.array([[1.0, r], [r, 1.0]]) for r in rng.uniform(-0.8, 0.8, k)])
    labels = rng.choice(k, size=1000, p=rng.dirichlet(np.full(k, 10.0)))
    return k, centres[labels] + np.einsum("nij,nj->ni", factors[labels], rng.normal(size=(1000, 2)))


@pytest.mark.slow
def test_bic_finds_the_number_of_well_separated_clusters() -> None:
    right = 0
    for seed in range(100):
        k, values = known_mixture(seed)
        order = ranked(sweep_over(values, range(1, 7), ["full"], starts=2), CRITERIA["bic"])
        right += order[0].k == k
    assert right >= 95
