"""Completing rows says the same as factorising the covariances for every pattern."""

from __future__ import annotations

import numpy as np
import pytest

from emcli.core.families import Elliptical
from emcli.core.families.elliptical.covariances import covariance_named
from emcli.core.families.elliptical.student_t import StudentT
from emcli.core.model.expectation import Expectation
from emcli.core.model.mixture import Mixture
from emcli.core.model.segments import one
from emcli.core.passes.expect import Plans
from emcli.core.passes.filled import Filling, inverted
from emcli.data.chunk import cut
from emcli.data.rows import FloatArray

from ....single import e_step, run_of

K, D = 3, 6


def gappy(n: int = 200) -> FloatArray:
    rng = np.random.default_rng(5)
    rows = rng.normal(size=(n, D)) @ rng.normal(size=(D, D))
    rows[rng.random(rows.shape) < 0.3] = np.nan
    return rows[~np.isnan(rows).all(axis=1)]


def mixture(model: str, *, tail: bool = False, nearness: float = 1.0) -> Mixture:
    rng = np.random.default_rng(6)
    roots = rng.normal(size=(K, D, D))
    roots[:, 2] = roots[:, 3] + nearness * roots[:, 2]
    scatter = roots @ np.swapaxes(roots, 1, 2)
    named = covariance_named(model)
    covariances = named.estimate(named.layout.from_dense(scatter), np.ones(K), one(K))
    family = Elliptical(rng.normal(size=(K, D)), covariances, named)
    if tail:
        family = Elliptical(family.means, covariances, named, tail=StudentT(np.array([3.0, 8.0, 100.0])))
    return Mixture(np.array([0.2, 0.3, 0.5]), family)


def total(of: Mixture, monkeypatch: pytest.MonkeyPatch, *, slots_per_column: float) -> Expectation:
    monkeypatch.setattr("emcli.core.passes.filled.ROWS_PER_COLUMN", slots_per_column)
    expect = e_step(of)
    values = gappy()
    first, *rest = (expect(chunk).of[0] for chunk in cut(values, np.linspace(0.5, 2.0, len(values)), 1024))
    return sum(rest, first)


@pytest.mark.parametrize("tail", [False, True], ids=["normal", "t"])
@pytest.mark.parametrize("model", ["full", "tied", "VVI", "factor:2"])
def test_both_forms_bring_home_the_same(model: str, tail: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    of = mixture(model, tail=tail)
    filled, factorised = (total(of, monkeypatch, slots_per_column=most) for most in (1e9, 0.0))
    np.testing.assert_allclose(filled.log_likelihood, factorised.log_likelihood, rtol=1e-13)
    for name in ("counts", "sums", "scatter", "extra_mean_rows", "tail"):
        ours, theirs = np.asarray(getattr(filled, name)), np.asarray(getattr(factorised, name))
        np.testing.assert_allclose(ours, theirs, rtol=1e-10, atol=1e-10 * np.abs(theirs).max())


def test_rows_are_completed_only_where_the_precisions_have_their_digits() -> None:
    values = gappy()
    holes = [chunk for chunk in cut(values, np.ones(len(values)), 1024) if not chunk.patterns.complete]
    for nearness, used in ((1.0, True), (1e-6, False)):
        of = mixture("full", nearness=nearness)
        expect, run, plans = e_step(of), run_of(of), Plans(of.family)
        batches = [batch for chunk in holes for batch in expect._batches(run, plans, chunk)]
        assert {isinstance(batch.plan, Filling) for batch in batches} == {used}


def test_small_matrices_are_inverted_as_large_ones() -> None:
    roots = np.random.default_rng(7).normal(size=(4, 3, 5, 5))
    matrices = roots @ np.swapaxes(roots, -1, -2)
    inverses, log_dets = inverted(matrices)
    np.testing.assert_allclose(inverses @ matrices, np.broadcast_to(np.eye(5), matrices.shape), atol=1e-9)
    np.testing.assert_allclose(log_dets, np.linalg.slogdet(matrices)[1], atol=1e-10)
