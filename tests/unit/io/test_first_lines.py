"""Which line is the header, and what stands above it or between the rows and is no row."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emcli.errors import BadData
from emcli.io.read.tables.read_options import ReadOptions
from emcli.io.read.tables.table_source import TableSource, open_table
from emcli.io.read.text.left_out_lines import Comments, without_first_lines

EVERYDAY = Path(__file__).parent / "everyday"


def rows(source: TableSource) -> list[list[str]]:
    return [
        [block.text(row, column) for column in range(len(source.header))]
        for block in source.blocks()
        for row in range(block.n_rows)
    ]


@pytest.mark.parametrize("line", [",0,1,2", "1990,1991,1992", "400,402.5,405", "0,1"])
def test_a_scale_of_numbers_is_a_header_and_a_note_says_so(line: str, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(f"{line}\n" + ",".join("7" * (line.count(",") + 1)) + "\n")
    with open_table(str(path)) as source:
        assert list(source.header) == line.split(",")
        assert "is taken as the header" in source.notes[0]
    with open_table(str(path), ReadOptions(header=True)) as source:
        assert source.notes == []


def test_a_header_of_numbers_with_a_gap_never_becomes_data() -> None:
    with pytest.raises(BadData, match="is a header of numbers, not data") as caught:
        open_table(str(EVERYDAY / "pd_idx.csv"), ReadOptions(header=False))
    assert caught.value.hint is not None and "--header" in caught.value.hint


def test_numbers_that_are_no_scale_need_a_word_from_the_user(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("3,1\n1,2\n")
    with pytest.raises(BadData, match="looks like data"):
        open_table(str(path))
    with open_table(str(path), ReadOptions(header=True)) as source:
        assert rows(source) == [["1", "2"]]
    with open_table(str(path), ReadOptions(header=False)) as source:
        assert rows(source) == [["3", "1"], ["1", "2"]]


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_lines_that_are_left_out_keep_their_numbers(line_end: str, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    lines = ['a "title', "# more", "a,b", "1,2", "# no, row", "3,4"]
    path.write_bytes(line_end.join([*lines, ""]).encode())
    with open_table(str(path), ReadOptions(skip_lines=1, comment="#"), block_bytes=3) as source:
        assert source.header == ("a", "b")
        places = [block.place(row).number for block in source.blocks() for row in range(block.n_rows)]
        assert places == [4, 6]
        assert rows(source) == [["1", "2"], ["3", "4"]]
        assert source.notes == ["2 comment lines (#) are not rows"]


def test_a_cell_with_line_breaks_holds_no_comments(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text('a,b\n"x\n# y",2\n')
    with open_table(str(path), ReadOptions(comment="#")) as source:
        assert rows(source) == [["x\n# y", "2"]]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(text=st.text(alphabet='#a,"\r\n', max_size=30), cuts=st.lists(st.integers(0, 30)), n=st.integers(0, 4))
def test_what_is_left_out_does_not_depend_on_how_the_text_is_cut(text: str, cuts: list[int], n: int) -> None:
    content = text.encode()
    places = sorted({0, len(content), *(cut for cut in cuts if cut < len(content))})
    pieces = [content[a:b] for a, b in pairwise(places)]
    assert b"".join(without_first_lines(iter(pieces), n)) == b"".join(without_first_lines(iter([content]), n))
    whole, cut = Comments("#", b'"'), Comments("#", b'"')
    assert b"".join(whole.taken_out(iter([content]))) == b"".join(cut.taken_out(iter(pieces)))
    assert whole.n_lines == cut.n_lines
    assert content.count(b"\n") == b"".join(whole.taken_out(iter([content]))).count(b"\n")


def test_a_sum_at_the_end_that_cannot_be_told_from_data_is_pointed_at(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("name,v\nAnn,1\nBob,2\nTotal,3\n")
    with open_table(str(path)) as source:
        assert len(rows(source)) == 3
        assert source.notes == ["the last row begins with 'Total' and is taken as data; if it is a sum, remove line 4"]
