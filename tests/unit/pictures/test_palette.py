"""Colours stand out on light and on dark paper, and neighbours differ in lightness too, for readers who see no hue."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from emcli.report.pictures import labels, palette

STYLE = (Path(palette.__file__).parent / "templates" / "style.css").read_text(encoding="utf-8")


def luminance(code: str) -> float:
    """Relative luminance as WCAG 2 defines it."""
    parts = np.array([int(code[i : i + 2], 16) / 255.0 for i in (1, 3, 5)])
    linear = np.where(parts <= 0.03928, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("code", [*palette.COLOURS, palette.BACKGROUND])
def test_a_colour_has_a_contrast_of_3_to_1_on_light_and_on_dark_paper(code: str) -> None:
    papers = re.findall(r"--paper: (#[0-9a-f]{6})", STYLE)
    assert len(papers) == 3  # light, dark, print
    assert min(contrast(code, paper) for paper in papers) >= 3.0


def test_the_first_clusters_differ_in_lightness_from_their_neighbours() -> None:
    assert min(contrast(a, b) for a, b in pairwise(palette.COLOURS[:6])) > 1.4


def test_colour_and_mark_together_are_one_of_56() -> None:
    assert len({(palette.colour(k), palette.mark(k)) for k in range(56)}) == 56


def test_numbers_are_written_for_people() -> None:
    told = [labels.number(value) for value in (0.0, 0.00012345, 1234.56, 65432.1, -3.0, 1e15)]
    assert told == ["0", "0.0001234", "1235", "65,432", "−3.000", "1e+15"]
    assert labels.near(153765.4, 88050.0) == "153,765" and labels.near(0.30321, 16.3) == "0.3"
    assert [labels.percent(share) for share in (1.0, 0.9999, 0.5, 0.0001, 0.0)] == [
        f"{text}\N{NO-BREAK SPACE}%" for text in ("100", ">99.9", "50.0", "<0.1", "0")
    ]
    assert labels.short("a" * 40) == f"{'a' * 18}…{'a' * 9}"
