"""impute, from file to file, beside the peers' completions; draws beside Amelia's; intervals beside the truth."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emcli.core.complete.bootstrap import Drawing
from emcli.core.complete.completed_scale import CompletedScale
from emcli.core.complete.imputation import Imputer
from emcli.core.complete.sampling import draw
from emcli.core.families import Elliptical
from emcli.core.families.elliptical.covariances import COVARIANCES
from emcli.core.fit.fitting import FitOptions, fit_mixture
from emcli.core.model.mixture import Mixture
from emcli.core.sweep.context import SweepContext
from emcli.core.sweep.rows import rows_of_arrays
from emcli.data.rows import FloatArray
from emcli.tasks.imputing.impute_check import intervals

REFERENCE = Path(__file__).parent / "reference"
NORMAL = json.loads((REFERENCE / "missing_normal.json").read_text(encoding="utf-8"))["results"]
MIXTURE = json.loads((REFERENCE / "missing_mixture.json").read_text(encoding="utf-8"))["results"]
TIGHT = ("--tol", "1e-10", "--max-iter", "20000")


def numbers(path: Path, columns: list[str]) -> FloatArray:
    with path.open(encoding="utf-8") as stream:
        return np.array([[float(row[c] or "nan") for c in columns] for row in csv.DictReader(stream)])


def emcli(*words: object) -> str:
    call = [sys.executable, "-m", "emcli", *map(str, words)]
    return subprocess.run(call, capture_output=True, text=True, check=True, timeout=120).stdout


def imputed(name: str, known: dict[str, Any], out: Path, *more: object) -> dict[str, Any]:
    table = REFERENCE / "data" / f"{name}.csv"
    words = ("impute", table, "-c", ",".join(known["features"]), "-o", out, "--json", "-q", *TIGHT, *more)
    found: dict[str, Any] = json.loads(emcli(*words))
    return found


def far_off(out: Path, reference: str, columns: list[str]) -> float:
    """The largest difference from the stored completions, in standard deviations of the column."""
    expected = numbers(REFERENCE / "imputed" / f"{reference}.csv", columns)
    return float((np.abs(numbers(out, columns) - expected) / expected.std(axis=0)).max())


@pytest.mark.parametrize("name", [name for name, known in NORMAL.items() if known["loglik"] is not None])
def test_the_normal_fills_tables_as_the_peers_do(name: str, tmp_path: Path) -> None:
    known, out = NORMAL[name], tmp_path / "out.csv"
    summary = imputed(name, known, out)
    assert summary["log_likelihood"] == pytest.approx(known["loglik"], rel=1e-6)
    assert far_off(out, name, known["features"]) < 1e-4


def test_the_best_mixture_of_two_fills_the_table_as_the_peers_do(tmp_path: Path) -> None:
    known, out = MIXTURE["iris_masked_k2"], tmp_path / "out.csv"
    summary = imputed("iris_masked", known, out, "-k", 2, "--starts", 4)
    assert summary["log_likelihood"] == pytest.approx(known["loglik"], rel=1e-6)
    assert far_off(out, "iris_masked_k2", known["features"]) < 1e-4


def test_the_peers_mixture_of_three_is_an_end_and_fills_the_table_as_theirs(tmp_path: Path) -> None:
    # Their optimum is reached by one random start in many, so the climb begins near it.
    known, near, out = MIXTURE["iris_masked_k3"], tmp_path / "near.json", tmp_path / "out.csv"
    parts = zip(known["weights"], known["means"], known["covariances"], strict=True)
    components = [
        {
            "weight": weight,
            "mean": dict(zip(known["features"], np.round(mean, 1), strict=True)),
            "covariance": (1.1 * np.array(covariance)).tolist(),
        }
        for weight, mean, covariance in parts
    ]
    model = {"format": "emcli-model/1", "family": "gaussian", "covariance": "full", "columns": known["features"]}
    near.write_text(json.dumps({**model, "components": components}), encoding="utf-8")
    summary = imputed("iris_masked", known, out, "-k", 3, "--init", near)
    assert summary["log_likelihood"] == pytest.approx(known["loglik"], rel=1e-6)
    assert far_off(out, "iris_masked_k3", known["features"]) < 1e-4


HEIGHTS = "height,weight\n172,62\n170,61\n152,44\n168,\n165,\n,70\n"


def test_the_worked_table_of_heights_and_weights() -> None:
    rows = np.genfromtxt(HEIGHTS.splitlines(), delimiter=",", skip_header=1)
    complete = rows[:3]
    start = Elliptical(complete.mean(axis=0)[None], np.cov(complete.T)[None], COVARIANCES["full"])
    first, _ = Imputer(Mixture(np.ones(1), start)).expected(rows)
    assert first[np.isnan(rows)] == pytest.approx([58.72, 55.97, 180.26], abs=0.01)
    end = fit_mixture(rows, np.ones(6), FitOptions(1, tolerance=1e-12, max_iterations=20_000))
    assert end.mixture.family.means[0] == pytest.approx([167.873482, 58.619258], abs=1e-5)
    assert end.mixture.family.covariances[0] == pytest.approx(
        np.array([[72.480383, 66.570085], [66.570085, 61.259147]]), rel=1e-5
    )
    last, _ = Imputer(end.mixture).expected(rows)
    assert last[np.isnan(rows)] == pytest.approx([58.735460, 55.980090, 180.240891], abs=1e-5)
    assert end.log_likelihood == pytest.approx(-22.323224522, abs=1e-8)


def test_draws_are_distributed_as_amelias() -> None:
    # Both are samples, of 400 draws and of fewer: differences are judged by their standard errors.
    known = json.loads((REFERENCE / "peers" / "amelia_airquality.json").read_text(encoding="utf-8"))
    values = numbers(REFERENCE / "data" / "airquality.csv", ["Ozone", "Solar.R", "Wind", "Temp"])
    rows, options = rows_of_arrays(values, np.ones(len(values)), ("Ozone", "Solar.R", "Wind", "Temp")), FitOptions(1)
    best = fit_mixture(values, np.ones(len(values)), options)
    n = 150
    noise = 1.0 / n + 1.0 / known["n_draws"]
    seeds = np.random.SeedSequence(7).spawn(n)
    drawing = Drawing(SweepContext(rows, options), best, options, CompletedScale.plain(4))
    drawn = np.array([one.cells[0] for one in drawing.draws(values, seeds, 1)])
    places = {tuple(place): i for i, place in enumerate(np.argwhere(np.isnan(values)).tolist())}
    order = [places[cell["row"], cell["column"]] for cell in known["cells"]]
    mean, spread = (np.array([cell[key] for cell in known["cells"]]) for key in ("mean", "sd"))
    differences = (drawn[:, order].mean(axis=0) - mean) / (spread * np.sqrt(noise))
    assert np.abs(differences).max() < 4.5 and np.mean(differences**2) < 1.6
    ratios = np.log(drawn[:, order].std(axis=0) / spread) / np.sqrt(0.5 * noise)
    assert np.abs(ratios).max() < 4.5 and np.mean(ratios**2) < 1.6
    tables = np.repeat(values[None], n, axis=0)
    tables[:, np.isnan(values)] = drawn
    column_means = tables.mean(axis=1)
    expected, deviation = (np.array(known["column_means"][key]) for key in ("mean", "sd"))
    assert np.abs(column_means.mean(axis=0) - expected)[:2].max() < 4.0 * deviation[:2].max() * np.sqrt(noise)
    assert column_means.std(axis=0)[:2] == pytest.approx(deviation[:2], rel=0.2)


def test_intervals_from_draws_cover_what_they_say() -> None:
    k, d, n = 2, 3, 300
    rng = np.random.default_rng(11)
    roots = np.array(
        [[[1.0, 0.0, 0.0], [0.7, 0.7, 0.0], [0.3, -0.4, 0.8]], [[0.8, 0.0, 0.0], [-0.5, 0.9, 0.0], [0.2, 0.6, 0.5]]]
    )
    family = Elliptical(
        np.array([[0.0, 0.0, 0.0], [3.0, 1.0, -2.0]]), roots @ roots.transpose(0, 2, 1), COVARIANCES["full"]
    )
    truth = Mixture(np.array([0.6, 0.4]), family)
    inside, total = 0, 0
    for seed in range(6):
        whole, _ = draw(truth, n, rng, {})
        hidden = rng.random((n, d)) < 0.15
        hidden[hidden.all(axis=1), 0] = False
        shown = np.where(hidden, np.nan, whole)
        rows, options = rows_of_arrays(shown, np.ones(n), ("a", "b", "c")), FitOptions(k, init=truth)
        best = fit_mixture(shown, np.ones(n), options)
        seeds = np.random.SeedSequence(seed).spawn(20)
        drawing = Drawing(SweepContext(rows, options), best, options, CompletedScale.plain(d))
        cells = np.concatenate([one.cells for one in drawing.draws(shown, seeds, 10)])[:199]
        low, high = intervals(cells, shown)
        inside += int(((whole >= low) & (whole <= high))[hidden].sum())
        total += int(hidden.sum())
    assert total > 700
    assert 0.87 < inside / total < 0.93
