"""k-means beside a mixture: its clusters carry the numbers of those of the mixture."""

from __future__ import annotations

import numpy as np

from emcli.core.describe.kmeans_contrast import contrast, numbers_like


def test_clusters_are_numbered_by_the_rows_they_share() -> None:
    labels, others = np.array([0, 0, 1, 1, 1, 2]), np.array([2, 2, 0, 0, 1, 1])
    assert numbers_like(labels, others, 3).tolist() == [2, 0, 1]
    assert sorted(numbers_like(labels, np.full(6, 3), 3).tolist()) == [0, 1, 2]  # every row in the background


def test_the_centres_have_the_numbers_of_their_rows() -> None:
    values = np.array([[0.0, 0.0], [0.2, 0.1], [5.0, 5.0], [5.1, np.nan], [9.0, 0.0], [9.2, 0.2]])
    labels = np.array([2, 2, 0, 0, 1, 1])
    found = contrast(values, labels, 3, seed=0)
    assert found.labels.tolist() == labels.tolist()
    np.testing.assert_allclose(found.centres[2], [0.1, 0.05])
