"""One pass over rows: counts are exact and add, a sample is the same however the rows come in blocks."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from emcli.core.describe.histograms import grid_step, histogram
from emcli.core.describe.outlines import outline
from emcli.core.describe.row_summary import CELLS, limits_of, nothing, summarise
from emcli.core.families import Elliptical
from emcli.core.families.elliptical.covariances import covariance_named
from emcli.core.model.mixture import Mixture
from emcli.core.passes.evaluation import Evaluator
from emcli.core.rows.row_sample import RowSample, no_rows

MIXTURE = Mixture(
    np.array([0.6, 0.4]),
    Elliptical(np.array([[0.0, 0.0], [4.0, 1.0]]), np.stack([np.eye(2), np.eye(2)]), covariance_named("full")),
)
RNG = np.random.default_rng(8)
VALUES = np.where(RNG.random((500, 1)) < 0.6, 0.0, 4.0) + RNG.normal(size=(500, 2))
VALUES[RNG.random((500, 2)) < 0.1] = np.nan
SAID = Evaluator(MIXTURE)(VALUES)


def test_the_summary_of_all_rows_is_the_sum_of_those_of_its_parts_and_right() -> None:
    limits, total = limits_of(outline(MIXTURE)), nothing(2, 2)
    for part in np.array_split(np.arange(500), 7):
        total += summarise(VALUES[part], Evaluator(MIXTURE)(VALUES[part]), limits)
    whole = summarise(VALUES, SAID, limits)
    for name in ("labels", "certain", "lows", "highs", "cells", "missing"):
        np.testing.assert_array_equal(getattr(total, name), getattr(whole, name))
    assert total.patterns == whole.patterns and total.n_rows == 500
    certainty = SAID.responsibilities.max(axis=1)
    assert total.at_least(0.9).sum() == (certainty >= 0.9).sum()
    assert total.at_least(0.0).tolist() == np.bincount(SAID.labels).tolist() == total.labels.tolist()
    assert total.lows[1, 0] == np.nanmin(VALUES[SAID.labels == 1, 0])
    assert total.missing.tolist() == np.isnan(VALUES).sum(axis=0).tolist()
    masks, counts = total.pattern_masks()
    assert counts.sum() == 500 and masks[0].all()
    assert {tuple(mask) for mask in masks.tolist()} == {tuple(row) for row in (~np.isnan(VALUES)).tolist()}


def test_a_sample_depends_on_the_seed_and_not_on_the_blocks() -> None:
    samples = []
    for n_blocks in (1, 6):
        rng, sample = np.random.default_rng(1), no_rows(2, 2)
        for part in np.array_split(np.arange(500), n_blocks):
            rows = RowSample(rng.random(len(part)), part, VALUES[part], SAID.responsibilities[part])
            sample = sample.with_rows(rows, 50)
        samples.append(sample.rows.tolist())
    assert samples[0] == samples[1] == sorted(samples[0])
    assert len(samples[0]) == 50 and len(sample.thinned(10)) == 10


def test_bins_hold_equally_many_points_of_a_grid_and_have_area_1() -> None:
    tenths = np.round(RNG.normal(size=3000), 1)
    step = grid_step(tenths[:200])
    assert step is not None and abs(step - 0.1) < 1e-12
    assert grid_step(RNG.normal(size=200)) is None
    places = np.floor((tenths + 8.0) / (16.0 / CELLS)).astype(int) + 1
    found = histogram(np.bincount(places, minlength=CELLS + 2), -8.0, 8.0, 1.0, step)
    widths = np.diff(found.edges)
    points = np.array([np.unique(tenths[(tenths > a) & (tenths < b)]).size for a, b in pairwise(found.edges)])
    assert np.ptp(points[3:-3]) == 0 and points[5] >= 1
    assert abs((found.heights * widths).sum() - 1.0) < 1e-12
