"""Iris with k = 3, petal width alone and with petal length: the two good optima of the README.

The best optimum known is not the one that agrees best with the species.  The defaults find the first; a climb
from the species' own labels ends at the second.  Both are compared with what other programs found.
"""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

ROOT = Path(__file__).parents[2]
IRIS = ROOT / "sample_data" / "iris.csv"
KNOWN = json.loads((Path(__file__).parent / "reference" / "iris_k3.json").read_text(encoding="utf-8"))
WALKS = [("Petal.Width", "iris_petal_width_k3_full"), ("Petal.Length,Petal.Width", "iris_petal_k3_full")]
# The optimum that a climb from the species ends at, among the alternatives of the reference.
SPECIES = {"iris_petal_width_k3_full": 0, "iris_petal_k3_full": 1}


def emcli(*arguments: str, folder: Path) -> str:
    call = [sys.executable, "-m", "emcli", *arguments]
    done = subprocess.run(call, cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def fitted(columns: str, folder: Path, *more: str) -> tuple[dict[str, Any], list[int], list[str]]:
    """The model, the labels of the rows and their species."""
    words = ["fit", str(IRIS), "-c", columns, "-k", "3", "-o", "model.json", "-r", "rows.csv", *more]
    emcli(*words, folder=folder)
    model = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    rows = list(csv.DictReader(io.StringIO((folder / "rows.csv").read_text(encoding="utf-8"))))
    return model, [int(row["cluster"]) for row in rows], [row["Species"] for row in rows]


def agrees(model: dict[str, Any], known: dict[str, Any]) -> None:
    """Likelihood, weights, means and covariances are the reference's, in whatever order it has them."""
    assert model["fit"]["log_likelihood"] == pytest.approx(known["loglik"], abs=1e-5)
    order = np.argsort(known["weights"])[::-1]
    found = model["components"]
    np.testing.assert_allclose([c["weight"] for c in found], np.array(known["weights"])[order], atol=2e-4)
    means = [list(c["mean"].values()) for c in found]
    np.testing.assert_allclose(means, np.array(known["means"])[order], atol=1e-3)
    covariances = [c["covariance"] for c in found]
    np.testing.assert_allclose(covariances, np.array(known["covariances"])[order], atol=1e-3)


@pytest.mark.parametrize(("columns", "name"), WALKS)
def test_the_defaults_find_the_best_optimum_known(columns: str, name: str, tmp_path: Path) -> None:
    model, labels, species = fitted(columns, tmp_path)
    agrees(model, KNOWN[name])
    assert adjusted_rand_score(species, labels) == pytest.approx(KNOWN[name]["ari_species"], abs=1e-9)


@pytest.mark.parametrize(("columns", "name"), WALKS)
def test_from_the_species_the_climb_ends_at_the_other(columns: str, name: str, tmp_path: Path) -> None:
    model, labels, species = fitted(columns, tmp_path, "--init", "Species")
    known = KNOWN[name]["alternatives"][SPECIES[name]]
    agrees(model, known)
    assert adjusted_rand_score(species, labels) == pytest.approx(known["ari_species"], abs=1e-9)
    assert sorted(labels.count(label) for label in (1, 2, 3)) == sorted(known["hard_counts"])
    assert model["fit"]["log_likelihood"] < KNOWN[name]["loglik"]
