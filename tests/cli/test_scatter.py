"""Pictures of rows on a terminal: dots in colour, numerals without, nothing at all in a pipe."""

from __future__ import annotations

import os
import pty
import re
import subprocess
from pathlib import Path

import numpy as np
import pytest
from processes import EMCLI, Run, environment

from emcli.cli.screen.brush import Brush, numeral
from emcli.cli.screen.scatter import scatter
from emcli.core.families import Elliptical
from emcli.core.families.elliptical.covariances import covariance_named
from emcli.core.model.mixture import Mixture
from emcli.data.blocks import in_blocks
from emcli.tasks.model_rows.points import Points, drawn_points, row_points

ESCAPE = re.compile(r"\x1b\[[0-9;]*m")
FAMILY = Elliptical(np.array([[0.0, 0.0], [9.0, 6.0]]), np.array([np.eye(2)] * 2), covariance_named("full"))
MIXTURE = Mixture(np.array([0.5, 0.5]), FAMILY)
ONE = Mixture(np.array([0.5, 0.5]), Elliptical(np.array([[0.0], [9.0]]), np.ones((2, 1, 1)), covariance_named("full")))


@pytest.mark.parametrize("mixture", [MIXTURE, ONE], ids=["scatter", "histogram"])
@pytest.mark.parametrize("width", [40, 80, 200])
def test_colour_is_given_up_before_the_picture_and_every_line_fits(mixture: Mixture, width: int) -> None:
    points = drawn_points(mixture, ["a\x1b[31m", "b"])
    colored, plain, ascii_only = (
        scatter(points, width, Brush(*can)) for can in ((True, True), (False, True), (False, False))
    )
    assert "38;5;32m" in "".join(colored) and "38;5;166m" in "".join(colored)
    for lines in (colored, plain, ascii_only):
        assert all(len(ESCAPE.sub("", line)) <= width for line in lines)
        assert "\x1b[31m" not in "".join(lines)  # a name cannot paint
    assert "1" in "".join(plain[1:-2]) and "2" in "".join(plain[1:-2]) and "\x1b" not in "".join(plain)
    assert "".join(ascii_only).isascii()


def test_clusters_lie_where_their_rows_are() -> None:
    body = scatter(drawn_points(MIXTURE, ["a", "b"]), 60, Brush(False, False))[1:-2]
    grid = [line.split("|")[1] for line in body]
    found = {mark: [(i, j) for i, line in enumerate(grid) for j, c in enumerate(line) if c == mark] for mark in "12"}
    (upper, right), (lower, left) = (np.mean(found[mark], axis=0) for mark in "21")
    assert upper < lower - 4 and right > left + 20


def test_a_wild_row_and_rows_with_holes_are_left_out_and_counted() -> None:
    values = np.vstack([np.random.default_rng(0).standard_normal((50, 2)), [[1e6, 0.0]], [[np.nan, 0.0]]])
    points = row_points(MIXTURE, ["a", "b"], in_blocks(values, np.ones(52)))
    assert points.n_points == 50 and points.of_rows == 52 and points.frame[0][1] < 10
    assert scatter(points, 60, Brush(False, False))[0] in ("b over a: 50 of 52 rows", "a over b: 50 of 52 rows")


def test_nothing_is_drawn_without_room_or_rows() -> None:
    points = drawn_points(MIXTURE, ["a", "b"])
    nothing = Points(points.names, points.frame, ((), ()), (), points.centres, 0)
    assert scatter(points, 20, Brush(True, True)) == scatter(nothing, 80, Brush(True, True)) == []


def test_numerals_are_one_character_each() -> None:
    assert [numeral(k) for k in (0, 8, 9, 34, 35, 400)] == ["1", "9", "a", "z", "+", "+"]


def test_show_draws_for_a_person_and_not_in_a_pipe(emcli: Run, two: Path) -> None:
    assert "│" not in emcli("show", two, env={"FORCE_COLOR": "1"}).text
    leader, follower = pty.openpty()
    around = environment({"TERM": "xterm-256color", "PYTHONIOENCODING": "utf-8"})
    done = subprocess.Popen([*EMCLI, "show", str(two)], stdout=follower, stderr=follower, stdin=follower, env=around)
    os.close(follower)
    seen = b""
    try:
        while piece := os.read(leader, 65536):
            seen += piece
    except OSError:  # the other end is closed
        pass
    os.close(leader)
    assert done.wait(timeout=30) == 0
    assert "y [/z]: 1,500 draws from the model" in seen.decode()
    assert "\x1b[38;5;166m" in seen.decode() and "└──" in seen.decode()
