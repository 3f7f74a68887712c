"""Text that is laid out in an unusual way: blanks, long delimiters, other quotes, escapes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emcli.errors import BadData, EmcliError
from emcli.io.read.tables.numeric_table import ColumnChoice, read_numeric
from emcli.io.read.tables.read_options import ReadOptions
from emcli.io.read.tables.table_source import TableSource, open_table
from emcli.io.read.text.unusual_splitting import Layout, split_blanks, split_cells

EVERYDAY = Path(__file__).parent / "everyday"
FIXTURES = [HealthCheck.function_scoped_fixture]


def rows(source: TableSource) -> list[list[str]]:
    return [
        [block.text(row, column) for column in range(len(source.header))]
        for block in source.blocks()
        for row in range(block.n_rows)
    ]


def records(source: TableSource) -> bytes:
    return b"".join(record + b"\n" for block in source.blocks() for record in list(block.records()))


def read(path: Path, **options: str | None) -> list[list[str]]:
    with open_table(str(path), ReadOptions(**options)) as source:  # type: ignore[arg-type]
        return [list(source.header), *rows(source)]


CASES = {
    "aligned": (
        {"delimiter": "whitespace"},
        "a   b  c\n1.0 2   3\n2.0 x   4\n",
        [["1.0", "2", "3"], ["2.0", "x", "4"]],
    ),
    "indented": ({"delimiter": "whitespace"}, "  a b  \n  1 2  \n\t3 4\r\n", [["1", "2"], ["3", "4"]]),
    "quoted blanks": ({"delimiter": "whitespace"}, 'a b\n"x y" 2\n\n"z" 4\n', [["x y", "2"], ["z", "4"]]),
    "two bars": ({"delimiter": "||"}, 'a||b\n1||x|y\n"2||3"||\n', [["1", "x|y"], ["2||3", ""]]),
    "another script": ({"delimiter": "¦"}, "a¦b\n1¦é\n2¦3\n", [["1", "é"], ["2", "3"]]),
    "bare quotes": ({"quote": None}, 'a\tb\n5" pipe\t2\n"x\t3\n', [['5" pipe', "2"], ['"x', "3"]]),
    "single quotes": ({"quote": "'"}, "a,b\n'x,y',2\n'it''s',3\n", [["x,y", "2"], ["it's", "3"]]),
    "escapes": (
        {"escape": "\\", "delimiter": ","},
        'a,b\nx\\,y,2\n"say \\"hi\\"",\\N\nline\\\nbreak,4\n',
        [["x,y", "2"], ['say "hi"', ""], ["line\nbreak", "4"]],
    ),
}


@pytest.mark.parametrize("what", CASES)
@pytest.mark.parametrize("block_bytes", [1, 7, 1 << 20])
def test_cells_are_found_and_records_stay_as_they_were(what: str, block_bytes: int, tmp_path: Path) -> None:
    options, text, expected = CASES[what]
    path = tmp_path / "t.txt"
    path.write_text(text, encoding="utf-8", newline="")
    with open_table(str(path), ReadOptions(**options), block_bytes=block_bytes) as source:  # type: ignore[arg-type]
        assert rows(source) == expected
        body = text.encode().replace(b"\r\n", b"\n").replace(b"\n\n", b"\n").split(b"\n", 1)[1]
        assert records(source) == body


@settings(suppress_health_check=FIXTURES, deadline=None)
@given(
    content=st.lists(st.sampled_from(["|", "||", "\n", '"', "\r\n", "a", "1", " ", "\\", "é"]), max_size=30).map(
        "".join
    ),
    options=st.sampled_from(
        [
            {"delimiter": "||"},
            {"delimiter": "whitespace"},
            {"delimiter": "|", "quote": None},
            {"delimiter": "|", "escape": "\\"},
            {"delimiter": "||", "quote": None, "escape": "\\"},
        ]
    ),
    sizes=st.tuples(st.integers(1, 40), st.integers(1, 40)),
    ragged=st.sampled_from(["error", "skip", "pad"]),
)
def test_any_bytes_are_read_or_refused_in_the_same_words_with_any_block_size(
    tmp_path: Path, content: str, options: dict[str, str | None], sizes: tuple[int, int], ragged: str
) -> None:
    path = tmp_path / "t.txt"
    delimiter = options["delimiter"] if options["delimiter"] != "whitespace" else " "
    path.write_bytes(f"p{delimiter}q\n{content}".encode())
    answers: list[object] = []
    for size in sizes:
        try:
            reading = ReadOptions(ragged=ragged, **options)  # type: ignore[arg-type]
            with open_table(str(path), reading, block_bytes=size) as source:
                answers.append((rows(source), records(source), source.notes))
        except BadData as problem:
            answers.append((str(problem), problem.hint))
    assert answers[0] == answers[1]


@given(text=st.text(alphabet="ab \t\r\n", max_size=30))
def test_blanks_are_found_at_once_where_they_are_found_cell_by_cell(text: str) -> None:
    content = text.replace("\r", "\r\n").encode() + b"\n"
    ends, last = split_blanks(content, ord("\n"))
    slow_ends, slow_last = split_cells(content, Layout(b"", b"", b""), b"\n", final=True)
    assert (ends.tolist(), last.tolist()) == (slow_ends, slow_last)


def test_numbers_are_numbers_in_every_layout(tmp_path: Path) -> None:
    path = tmp_path / "t.txt"
    for text, options in (
        ("a b\n 1 -2\n NA 3\n4 5\n", ReadOptions(delimiter="whitespace")),
        ("a\tb\n1\t-2\n\\N\t3\n4\t5\n", ReadOptions(escape="\\")),
        ("a::b\n1::'-2'\nNA::3\n4::5\n", ReadOptions(delimiter="::", quote="'")),
    ):
        path.write_text(text)
        with open_table(str(path), options) as source:
            found = read_numeric(source, ColumnChoice()).values
        assert np.array_equal(found, [[1, -2], [np.nan, 3], [4, 5]], equal_nan=True)


def test_a_blank_before_a_quoted_cell_is_no_part_of_it(tmp_path: Path) -> None:
    table = read(EVERYDAY / "lsp.csv")
    assert table[0] == ["Year", "Quantity"]
    assert table[-1] == ["2018", "362"]
    path = tmp_path / "t.csv"
    path.write_text('a, "b, c"\n1, "x, ""y"""\n2, "z" w\n3, "open\n')
    assert read(path) == [["a", "b, c"], ["1", 'x, "y"'], ["2", ' "z" w'], ["3", ' "open']]


def test_blanks_around_names_are_no_part_of_them(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(' a ,b ," c "\n1,2,3\n')
    assert read(path)[0] == ["a", "b", " c "]


@pytest.mark.parametrize("line", ["sep=;", '"sep=;"', '"sep=;",,'])
def test_the_delimiter_is_taken_from_the_line_of_excel(line: str, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(f"{line}\na;b\n1;2\n")
    assert read(path) == [["a", "b"], ["1", "2"]]


def test_two_byte_order_marks_are_told_of(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes("\ufeff\ufeffa,b\n1,2\n".encode())
    with open_table(str(path)) as source:
        assert source.header == ("a", "b")
        assert source.notes == ["the file begins with two byte order marks, which are no part of its first name"]


def test_a_byte_order_mark_inside_is_told_of_where_it_is_no_error(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("name,v\nAnn,1\n\ufeffBob,2\n")
    with open_table(str(path)) as source:
        assert rows(source) == [["Ann", "1"], ["\ufeffBob", "2"]]
        assert source.notes == ["a byte order mark stands on line 3, as where files are joined with cat"]


@pytest.mark.parametrize(("text", "what"), [('{"a": 1, "b": 2}\n', "JSON lines"), ('[\n {"a": 1}]', "JSON")])
def test_json_is_named_as_such(text: str, what: str, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(text)
    with pytest.raises(BadData, match=f"is {what}, not"):
        open_table(str(path))


@pytest.mark.parametrize("options", [{"delimiter": 'a"'}, {"delimiter": ""}, {"quote": "ab"}, {"escape": "é"}])
def test_what_cannot_separate_or_quote_is_refused(options: dict[str, str]) -> None:
    with pytest.raises(EmcliError):
        ReadOptions(**options)  # type: ignore[arg-type]
