"""Colours and marks of the clusters, the same in every picture.

The hues are those of Okabe & Ito (2008), which colour-blind readers can tell apart; sky blue and orange are
darker and blue is lighter, so that each colour has a contrast of 3 to 1 on white and on nearly black.  Colour is never
alone: every cluster also has a mark of its own, and its number stands beside it.
"""

from __future__ import annotations

import numpy as np

from emcli.data.table import FloatArray

COLOURS = ("#1478BD", "#D55E00", "#009E73", "#C0689A", "#B87F00", "#3A94CC", "#7A7A7A", "#9A6A4F")
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
