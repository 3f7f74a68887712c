"""The fourteen covariance models: their estimates are the maxima they should be, and keep what the letters promise."""

from __future__ import annotations

import csv
import pickle
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import minimize

from emcli.core.families.elliptical.covariances import COVARIANCES
from emcli.core.families.elliptical.covariances.above_floor import misfit
from emcli.core.families.elliptical.covariances.common_axes import VARYING, Loss, equal_volumes, log_sizes
from emcli.core.families.elliptical.covariances.lettered import LINEAR, Lettered
from emcli.core.families.elliptical.covariances.turns import apart, cayley, pull_of, together
from emcli.core.model.segments import one
from emcli.data.rows import FloatArray
from emcli.io.models import model_checks
from emcli.tasks import settings

REFERENCE = Path(__file__).parents[2] / "oracles" / "reference" / "mclust_models.csv"
LETTERS = [name for name, model in COVARIANCES.items() if name == getattr(model, "letters", None)]
CONTAINED_IN = {
    "EII": ("VII", "EEI"),
    "VII": ("VEI",),
    "EEI": ("VEI", "EVI", "EEE"),
    "VEI": ("VVI", "VEE"),
    "EVI": ("VVI", "EVE"),
    "VVI": ("VVE",),
    "EEE": ("VEE", "EVE", "EEV"),
    "VEE": ("VVE", "VEV"),
    "EVE": ("VVE", "EVV"),
    "EEV": ("VEV", "EVV"),
    "VVE": ("VVV",),
    "VEV": ("VVV",),
    "EVV": ("VVV",),
}


def dense_scatter(rng: np.random.Generator, k: int, d: int) -> tuple[FloatArray, FloatArray]:
    counts = rng.uniform(5.0, 60.0, k)
    factors = rng.normal(size=(k, d, 3 * d)) * rng.uniform(0.3, 3.0, (k, d, 1))
    return counts[:, None, None] * (factors @ np.swapaxes(factors, 1, 2)) / (3 * d), counts


def scatter_for(name: str, seed: int, k: int = 3, d: int = 3) -> tuple[FloatArray, FloatArray]:
    scatter, counts = dense_scatter(np.random.default_rng(seed), k, d)
    return COVARIANCES[name].layout.from_dense(scatter), counts


def estimate(
    name: str,
    scatter: FloatArray,
    counts: FloatArray,
    previous: FloatArray | None = None,
    floor: FloatArray | None = None,
) -> FloatArray:
    """Of a single mixture."""
    return COVARIANCES[name].estimate(scatter, counts, one(len(counts)), previous, floor)


def loss(name: str, covariances: FloatArray, scatter: FloatArray, counts: FloatArray) -> float:
    return float(misfit(COVARIANCES[name].layout, covariances, scatter, counts, one(len(counts)))[0])


def parts(matrices: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Volumes (k,), shapes (k, d) ascending, and the matrices made round by their volume (k, d, d)."""
    values = np.linalg.eigvalsh(matrices)
    volumes = np.exp(np.log(values).mean(axis=1))
    return volumes, values / volumes[:, None], matrices / volumes[:, None, None]


def commute(a: FloatArray, b: FloatArray) -> bool:
    return bool(np.abs(a @ b - b @ a).max() < 1e-7 * np.abs(a).max() * np.abs(b).max())


def rotation(angles: FloatArray, d: int) -> FloatArray:
    skew = np.zeros((d, d))
    skew[np.triu_indices(d, 1)] = angles
    skew -= skew.T
    return np.linalg.solve(np.eye(d) - skew, np.eye(d) + skew)


def by_letters(letters: str, theta: FloatArray, k: int, d: int) -> FloatArray:
    """Any covariances of the model, from unconstrained numbers: what the estimate is searched for with elsewhere."""
    at = iter(theta)

    def take(letter: str, n: int) -> FloatArray:
        if letter == "I" or n == 0:
            return np.zeros((k, n))
        rows = 1 if letter == "E" else k
        return np.repeat([[next(at) for _ in range(n)] for _ in range(rows)], k // rows, axis=0)

    volumes, shapes = np.exp(take(letters[0], 1)), take(letters[1], d - 1)
    shapes = np.exp(np.hstack([shapes, -shapes.sum(axis=1, keepdims=True)]))
    turns = np.array([rotation(angles, d) for angles in take(letters[2], d * (d - 1) // 2)])
    return np.einsum("k,kij,kj,klj->kil", volumes[:, 0], turns, shapes, turns)


def test_the_names_are_the_same_in_the_core_in_settings_and_in_model_files() -> None:
    assert set(settings.COVARIANCES) == set(COVARIANCES)
    for name, model in COVARIANCES.items():
        assert name in (model_checks.DENSE if model.layout.joint_columns else model_checks.DIAGONAL)
    assert len(LETTERS) == 14


@pytest.mark.parametrize(
    ("alias", "letters"), [("full", "VVV"), ("tied", "EEE"), ("diag", "VVI"), ("spherical", "VII")]
)
def test_a_name_and_its_letters_are_one_model(alias: str, letters: str) -> None:
    scatter, counts = scatter_for(letters, 1)
    a = COVARIANCES[alias]
    np.testing.assert_array_equal(estimate(alias, scatter, counts), estimate(letters, scatter, counts))
    assert isinstance(a, Lettered) and a.letters == letters


def test_parameters_are_counted_as_mclust_counts_them() -> None:
    columns = {"faithful": 2, "iris": 4, "diabetes": 3, "mtcars": 11}
    with REFERENCE.open() as file:
        rows = [row for row in csv.DictReader(file) if row["data"] in columns]
    assert len(rows) == 4 * 14 * 9
    for row in rows:
        k, d = int(row["k"]), columns[row["data"]]
        assert COVARIANCES[row["model"]].n_parameters(k, d) + k * d + k - 1 == int(row["n_parameters"]), row


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", LETTERS)
def test_an_estimate_has_the_volumes_shapes_and_axes_of_its_letters(name: str, seed: int) -> None:
    scatter, counts = scatter_for(name, seed)
    model = COVARIANCES[name]
    matrices = model.layout.dense(estimate(name, scatter, counts))
    volumes, shapes, rounded = parts(matrices)
    assert (np.ptp(volumes) < 1e-9 * volumes.max()) == (name[0] == "E")
    assert (np.ptp(shapes, axis=0).max() < 1e-9) == (name[1] != "V")
    if name[2] == "E":
        assert all(commute(a, b) for a, b in pairwise(rounded))
    np.testing.assert_array_equal(matrices, np.swapaxes(matrices, 1, 2))


@pytest.mark.parametrize("name", LETTERS)
def test_no_search_finds_a_more_likely_estimate(name: str) -> None:
    """scipy's minimiser, over unconstrained numbers for volumes, shapes and turns, from several starts."""
    k, d = 2, 2
    scatter, counts = scatter_for(name, 7, k, d)
    model = COVARIANCES[name]
    best = loss(name, estimate(name, scatter, counts), scatter, counts)
    rng = np.random.default_rng(0)
    n = model.n_parameters(k, d)

    def of(theta: FloatArray) -> float:
        if np.abs(theta).max() > 20.0:
            return 1e9
        return loss(name, model.layout.from_dense(by_letters(name, theta, k, d)), scatter, counts)

    found = [minimize(of, 0.3 * rng.normal(size=n), method="BFGS").fun for _ in range(4)]
    assert min(found) == pytest.approx(best, abs=1e-5)


@pytest.mark.parametrize("name", [name for name in LETTERS if name not in LINEAR])
def test_an_estimate_from_previous_covariances_is_never_less_likely_than_they_are(name: str) -> None:
    for seed in range(20):
        scatter, counts = scatter_for(name, seed, k=4, d=3)
        previous = estimate(name, *scatter_for(name, 100 + seed, k=4, d=3))
        before = loss(name, previous, scatter, counts)
        assert loss(name, estimate(name, scatter, counts, previous), scatter, counts) <= before + 1e-9 * abs(before)


@pytest.mark.parametrize("name", LETTERS)
def test_an_estimate_of_its_own_covariances_gives_them_back(name: str) -> None:
    """The estimate is a projection: what acceleration extrapolates to comes back onto the model."""
    scatter, counts = scatter_for(name, 3)
    covariances = estimate(name, scatter, counts)
    again = estimate(name, covariances * counts.reshape((-1,) + (1,) * (scatter.ndim - 1)), counts, covariances)
    np.testing.assert_allclose(again, covariances, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize(("inner", "outer"), [(a, b) for a, outers in CONTAINED_IN.items() for b in outers])
def test_a_model_is_at_least_as_likely_as_the_models_it_contains(inner: str, outer: str) -> None:
    for seed in range(5):
        full, counts = dense_scatter(np.random.default_rng(seed), 3, 3)
        values = []
        for name in (inner, outer):
            model = COVARIANCES[name]
            covariances = estimate(name, model.layout.from_dense(full), counts)
            values.append(loss("full", model.layout.dense(covariances), full, counts))
        assert values[1] <= values[0] + 1e-8


@pytest.mark.parametrize("name", LETTERS)
def test_a_model_follows_just_the_changes_of_units_it_claims(name: str) -> None:
    model = COVARIANCES[name]
    scatter, counts = scatter_for(name, 11)
    scale = np.array([1e-3, 1.0, 50.0])
    scaled = estimate(name, model.layout.rescale(scatter, scale), counts)
    expected = model.layout.rescale(estimate(name, scatter, counts), scale)
    follows = np.allclose(model.layout.rescale(scaled / expected, np.ones(3)), 1.0, rtol=1e-6)
    assert follows == (model.invariance == "columns")
    together = estimate(name, model.layout.rescale(scatter, np.full(3, 1e3)), counts)
    np.testing.assert_allclose(together, 1e6 * estimate(name, scatter, counts), rtol=1e-6)


@pytest.mark.parametrize("name", LETTERS)
def test_a_floor_is_kept_and_never_makes_a_step_go_down(name: str) -> None:
    model = COVARIANCES[name]
    rng = np.random.default_rng(5)
    floor = model.floor(model.layout.from_dense(np.diag([0.05, 0.1, 0.2])))
    covariances = None
    for _ in range(10):
        scatter, counts = dense_scatter(rng, 3, 3)
        thin = np.diag([1e-12, 1.0, 1.0])
        scatter[rng.integers(3)] = thin * counts[0] * rng.uniform(1e-4, 1e-1)
        scatter = model.layout.from_dense(scatter)
        raised = estimate(name, scatter, counts, covariances, floor)
        assert model.layout.above(raised, floor).all()
        if covariances is not None:
            before = loss(name, covariances, scatter, counts)
            assert loss(name, raised, scatter, counts) <= before + 1e-9 * abs(before)
        covariances = raised


@pytest.mark.parametrize("loss", [VARYING, equal_volumes(4)], ids=["VVE", "EVE"])
def test_the_derivatives_by_turns_of_common_axes_are_those_of_the_loss(loss: Loss) -> None:
    """Differences of the loss along turns of two axes and of pairs of them, against the Newton step and its promise."""
    scatter, counts = dense_scatter(np.random.default_rng(4), 3, 4)
    scatter = np.diag([1.0, 3.0, 9.0, 27.0]) * counts[:, None, None] + 0.05 * scatter
    segments, unit = one(3), 1e-4 * np.eye(6)

    def value(angles: FloatArray) -> float:
        turn = cayley(angles[None], 4)[0]
        return float(loss.value(counts, log_sizes(turn.T @ scatter @ turn), segments)[0])

    slope = np.array([value(a) - value(-a) for a in unit]) / 2e-4
    around = [[value(a + b) - value(a - b) - value(b - a) + value(-a - b) for a in unit] for b in unit]
    expected = np.linalg.solve(np.array(around) / 4e-8, -slope)
    pull = pull_of(scatter, loss.shares(counts, log_sizes(scatter), segments), segments)
    np.testing.assert_allclose(pull.slope[0], slope, rtol=1e-5, atol=1e-5)
    angles, promised, whole = together(pull, loss.coupling, *apart(pull, loss.coupling))
    assert whole.all()
    np.testing.assert_allclose(angles[0], expected, rtol=1e-4, atol=1e-6)
    assert promised[0] == pytest.approx(-0.5 * slope @ expected, rel=1e-4)


@pytest.mark.parametrize("previous", [False, True])
@pytest.mark.parametrize(("name", "d"), [("VVE", 3), ("VVE", 6), ("EVE", 3), ("EVE", 6)])
def test_no_small_turn_of_common_axes_is_more_likely(name: str, d: int, previous: bool) -> None:
    scatter, counts = scatter_for(name, 21, 3, d)
    before = estimate(name, *scatter_for(name, 22, 3, d)) if previous else None
    covariances = estimate(name, scatter, counts, before)
    for _ in range(50 * previous):  # from previous axes a step is one turn nearer, and is asked again by EM
        covariances = estimate(name, scatter, counts, covariances)
    best = loss(name, covariances, scatter, counts)
    for angles in 1e-4 * np.random.default_rng(0).normal(size=(40, d * (d - 1) // 2)):
        turn = cayley(angles[None], d)[0]
        assert loss(name, turn @ covariances @ turn.T, scatter, counts) >= best - 1e-12 * counts.sum()


@pytest.mark.parametrize("name", LETTERS)
def test_a_model_pickles(name: str) -> None:
    again = pickle.loads(pickle.dumps(COVARIANCES[name]))
    assert again == COVARIANCES[name]
    assert again.layout is COVARIANCES[name].layout
