"""Curves drawn with characters: in their frame, on their axis, in ASCII where nothing else can be shown."""

from __future__ import annotations

from emcli.cli.screen.charts import Line, chart

RISING = Line([1, 2, 3, 4], [-4.0, -3.0, -2.5, -2.4], "○", "o")
TURNING = Line([1, 2, 3, 4], [-4.1, -3.1, -3.0, -3.4], "●", "x", [0.2, 0.2, 0.2, 0.2])


def test_every_line_fits_and_every_point_has_its_mark() -> None:
    lines = chart("title", [RISING, TURNING], 50, 10)
    assert lines[0] == "title" and len(lines) == 12
    assert all(len(line) <= 50 for line in lines)
    body = "".join(lines[1:-1])
    assert body.count("●") == 4 and body.count("○") >= 2  # marks that fall on one place show the last
    assert lines[-1].split() == ["k", "1", "2", "3", "4"]


def test_higher_values_stand_higher() -> None:
    rows = chart("", [RISING], 50, 10)[1:-1]
    columns = {row.index(mark): i for i, row in enumerate(rows) for mark in row if mark == "○"}
    assert list(columns.values()) == sorted(columns.values())


def test_what_lies_outside_the_frame_is_left_out() -> None:
    far = Line([1, 2, 3], [-900.0, -3.0, -2.9], "○", "o")
    body = "".join(chart("", [far], 40, 8, frame=(-4.0, 0.0))[1:-1])
    assert body.count("○") == 2 and "-900" not in body


def test_ascii_when_asked() -> None:
    assert all(line.isascii() for line in chart("title", [RISING, TURNING], 50, 10, ascii_only=True))


def test_one_value_and_none_are_no_reason_to_fail() -> None:
    assert len(chart("t", [Line([2], [5.0], "○", "o")], 30, 6)) == 8
    assert chart("t", [Line([], [], "○", "o")], 30, 6) == ["t"]
