"""Colours and marks of the clusters, the same in every picture.

The hues are those of Okabe & Ito (2008), which colour-blind readers can tell apart, brought to a contrast of at least 3
to 1 on white and on nearly black, dark and light in turn, so that neighbours differ in grey as well.  Colour is never
alone: every cluster also has a mark of its own, and its number stands beside it.
"""

from __future__ import annotations

import numpy as np

from emcli.data.rows import FloatArray

COLOURS = ("#0B6AA8", "#E0660F", "#007A5E", "#CB78A7", "#8E5F40", "#3A96CC", "#7A7A7A", "#B08600")
MARKS = ("o", "^", "s", "D", "v", "P", "X", "*")
BACKGROUND, SPECK = "#808080", "x"  # colour and mark of rows that belong to no component
DASHES = ("-", "--", "-.", ":")

# Stand-ins that a picture inside a page is given the page's own colours for; in files they are what they say.
INK, PAPER, RULE, FAINT = "#1a1b1c", "#fffffe", "#d4d5d6", "#8c8d8e"


def colour(component: int) -> str:
    """The colour of a component, counted from 0."""
    return COLOURS[component % len(COLOURS)]


def mark(component: int) -> str:
    """The mark of a component; colour and mark together are unlike those of 55 others."""
    return MARKS[(component + component // len(COLOURS)) % len(MARKS)]


def dashes(component: int) -> str:
    """The line of a component."""
    return DASHES[component % len(DASHES)]


def blended(responsibilities: FloatArray, n_components: int) -> FloatArray:
    """Colours (n, 3) between 0 and 1 of rows (n, k), or (n, k + 1) with the background last: those of the components
    mixed, as light mixes, by probability."""
    codes = [colour(k) if k < n_components else BACKGROUND for k in range(responsibilities.shape[1])]
    light = np.array([[int(code[i : i + 2], 16) / 255.0 for i in (1, 3, 5)] for code in codes]) ** 2.2
    return np.asarray(np.clip(responsibilities @ light, 0.0, 1.0) ** (1.0 / 2.2))
