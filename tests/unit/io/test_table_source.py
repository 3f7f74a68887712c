from __future__ import annotations

import csv
import errno
import io
import os
import threading
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emcli.errors import BadData, InputError
from emcli.io.read.tables.read_options import ReadOptions
from emcli.io.read.tables.table_source import TableSource, open_table

from .tables import csv_bytes, tables

FIXTURES = [HealthCheck.function_scoped_fixture]


def texts(source: TableSource) -> list[list[str]]:
    rows: list[list[str]] = []
    for block in source.blocks():
        assert block.first_row == len(rows)
        columns = [block.texts(j) for j in range(len(source.header))]
        rows += [list(row) for row in zip(*columns, strict=True)]
    return rows


def records(source: TableSource) -> list[bytes]:
    found: list[bytes] = []
    for block in source.blocks():
        raw = block.records()
        found += raw if isinstance(raw, list) else raw.to_pylist()
    return found


def read(path: Path, **options: object) -> list[list[str]]:
    with open_table(str(path), ReadOptions(**options)) as source:  # type: ignore[arg-type]
        return texts(source)


@settings(suppress_health_check=FIXTURES, deadline=None)
@given(table=tables(), block_bytes=st.integers(1, 60), line_end=st.sampled_from(["\n", "\r\n"]))
def test_any_table_comes_back_the_same_with_any_block_size(
    tmp_path: Path, table: list[list[str]], block_bytes: int, line_end: str
) -> None:
    path = tmp_path / "t.csv"
    content = csv_bytes(table, line_end)
    path.write_bytes(content)
    with open_table(str(path), ReadOptions(delimiter=","), block_bytes=block_bytes) as source:
        assert [list(source.header), *texts(source)] == table
        assert source.header_record is not None
        joined = b"".join(record + line_end.encode() for record in [source.header_record, *records(source)])
    assert joined == content
    assert list(csv.reader(io.StringIO(content.decode(), newline=""))) == table


@settings(suppress_health_check=FIXTURES, deadline=None)
@given(
    content=st.lists(st.sampled_from([",", "\n", '"', "\r\n", "a", "1", " ", "\r", "é"]), max_size=40).map("".join),
    sizes=st.tuples(st.integers(1, 50), st.integers(1, 50)),
    ragged=st.sampled_from(["error", "skip", "pad"]),
)
def test_any_bytes_are_read_or_refused_in_the_same_words_with_any_block_size(
    tmp_path: Path, content: str, sizes: tuple[int, int], ragged: str
) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b"p,q\n" + content.encode())
    answers = []
    for size in sizes:
        try:
            with open_table(str(path), ReadOptions(ragged=ragged), block_bytes=size) as source:
                answers.append((texts(source), records(source), source.notes))
        except BadData as problem:
            answers.append((str(problem), problem.hint))  # type: ignore[arg-type]
    assert answers[0] == answers[1]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(tmp_path: Path, delimiter: str) -> None:
    path = tmp_path / "t.csv"
    rows = [["id", "a b", "note"], ["1", "2.5", "x, y; z"], ["2", "3.5", "a|b\tc"]]
    path.write_bytes(csv_bytes(rows, delimiter=delimiter))
    with open_table(str(path)) as source:
        assert source.dialect.delimiter == delimiter
        assert [list(source.header), *texts(source)] == rows


def test_decimal_commas_do_not_pass_for_delimiters(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("8,1197;10,4680\n0,4127;-0,2130\n")
    with open_table(str(path), ReadOptions(header=False, decimal=",")) as source:
        assert source.header == ("c1", "c2")
        assert next(iter(source.blocks())).numbers([0, 1]).tolist() == [[8.1197, 10.468], [0.4127, -0.213]]


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("at_end", [True, False])
def test_all_line_ends_are_read_with_and_without_one_at_the_end(tmp_path: Path, line_end: str, at_end: bool) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(line_end.join(["x,y", "1,2", "3,", ""] if at_end else ["x,y", "1,2", "3,"]).encode())
    with open_table(str(path)) as source:
        assert source.dialect.line_end == line_end
        assert texts(source) == [["1", "2"], ["3", ""]]


def test_mixed_line_feeds_and_crlf_are_read(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b"x,y\n1,2\r\n3,4\n")
    assert read(path) == [["1", "2"], ["3", "4"]]


def test_a_carriage_return_alone_inside_a_line_is_refused_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b"x,y\n1,2\n3,4\r5,6\n")
    with pytest.raises(BadData, match=r"t\.csv:3: .*line end") as caught:
        read(path)
    assert caught.value.hint is not None


def test_blank_lines_are_no_rows_and_count_as_lines(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b"\n\nx,y\n\n1,2\n  \n3,z\n\n")
    assert read(path) == [["1", "2"], ["3", "z"]]
    with open_table(str(path)) as source, pytest.raises(BadData, match=r"t\.csv:7: column 'y': 'z'"):
        next(iter(source.blocks())).numbers([1])


def test_blank_lines_of_a_single_column_are_noted(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b'x\n1\n\n""\n2\n')
    with open_table(str(path)) as source:
        assert texts(source) == [["1"], [""], ["2"]]
        assert len(source.notes) == 1
        assert "1 blank line" in source.notes[0]


@pytest.mark.parametrize(("row", "n_cells"), [("1.0,2.0,3.0", "3 cells"), ("1.0", "1 cell ")])
def test_a_ragged_row_is_an_error_with_its_line_and_both_numbers(tmp_path: Path, row: str, n_cells: str) -> None:
    path = tmp_path / "t.csv"
    path.write_text('x,y\n1,"2\n"\n' + row + "\n")
    with pytest.raises(BadData) as caught:
        read(path)
    assert caught.value.where == f"{path}:4"
    assert caught.value.message.startswith(n_cells)
    assert "has 2" in caught.value.message
    assert caught.value.detail == f"line 4: {row}"


def test_ragged_rows_are_left_out_or_fitted_and_counted(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("x,y\n1,2\n3\n4,5,\n6,7\n8,9,10\n11,q\n")
    with open_table(str(path), ReadOptions(ragged="skip")) as source:
        assert texts(source) == [["1", "2"], ["6", "7"], ["11", "q"]]
        assert source.notes == ["3 rows with too few or too many cells were left out (--ragged skip)"]
    with (
        open_table(str(path), ReadOptions(ragged="pad")) as source,
        pytest.raises(BadData, match=":6: 3 cells"),
    ):
        texts(source)
    path.write_text("x,y\n1,2\n3\n4,5,\n6,q\n")
    with open_table(str(path), ReadOptions(ragged="pad")) as source:
        assert texts(source) == [["1", "2"], ["3", ""], ["4", "5"], ["6", "q"]]
        assert records(source) == [b"1,2", b"3,", b"4,5", b"6,q"]
        assert source.notes == ["2 rows with too few or too many cells were fitted (--ragged pad)"]
        with pytest.raises(BadData, match=r":5: column 'y': 'q'"):
            next(iter(source.blocks())).numbers([0, 1])


def test_an_unclosed_quote_is_named_where_it_opens(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text('x,y\n1,2\n"3,4\n5,6\n')
    with pytest.raises(BadData, match=r"t\.csv:3: .*quote"):
        read(path)


def test_bad_utf8_names_line_and_byte_and_an_encoding(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes("name,x\nBob,1\nZoë,2\n".encode("latin-1"))
    with pytest.raises(BadData, match=r"t\.csv:3: byte 0xEB is not UTF-8 \(byte 3") as caught:
        read(path)
    assert "--encoding latin-1" in (caught.value.hint or "")
    assert read(path, encoding="latin-1") == [["Bob", "1"], ["Zoë", "2"]]


def test_a_nul_byte_is_an_error_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b"x,y\n1,2\n3,4\x00\n")
    with pytest.raises(BadData, match=r"t\.csv:3: a NUL byte"):
        read(path)


def test_an_excel_separator_line_names_the_delimiter(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b"sep=|\r\nx|y\r\n1|a,b,c\r\n")
    with open_table(str(path)) as source:
        assert source.header == ("x", "y")
        assert texts(source) == [["1", "a,b,c"]]


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf"])
def test_an_empty_input_says_so(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(content)
    with pytest.raises(BadData, match="empty"):
        open_table(str(path))


def test_a_header_of_numbers_is_refused_with_a_hint(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b"8.1,10.4\n0.4,-0.2\n")
    with pytest.raises(BadData, match=r":1: .*header") as caught:
        open_table(str(path))
    assert "--no-header" in (caught.value.hint or "")
    assert read(path, header=False) == [["8.1", "10.4"], ["0.4", "-0.2"]]


def test_a_header_that_counts_is_taken_with_a_note(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b"0,1,2\n0.4,-0.2,3\n")
    with open_table(str(path)) as source:
        assert source.header == ("0", "1", "2")
        assert "header" in source.notes[0]


def test_comment_lines_on_top_are_named_as_the_cause(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b"# made by a tool\n# 2024\nx,y\n1,2\n")
    with pytest.raises(BadData) as caught:
        read(path)
    assert "comment" in (caught.value.hint or "")


def test_a_fifo_is_read_twice_though_it_can_be_read_once(tmp_path: Path) -> None:
    path = tmp_path / "fifo"
    os.mkfifo(path)
    content = b"x,y\n" + b"1.25,abc\n" * 100_000
    feeder = threading.Thread(target=path.write_bytes, args=(content,))
    feeder.start()
    with open_table(str(path), block_bytes=50_000) as source:
        first = [sum(block.n_rows for block in source.blocks()) for _ in range(2)]
    feeder.join()
    assert first == [100_000, 100_000]


def test_a_file_that_changes_while_it_is_read_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b"x,y\n" + b"1,2\n" * 1000)
    with open_table(str(path), block_bytes=100) as source:
        blocks = source.blocks()
        next(blocks)
        path.write_bytes(b"x,y\n1,2\n3")
        with pytest.raises(BadData, match="changed while"):
            list(blocks)


def test_a_file_that_is_replaced_while_it_is_read_is_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b"x,y\n" + b"1,2\n" * 1000)
    with open_table(str(path), block_bytes=100) as source:
        blocks = source.blocks()
        n_rows = next(blocks).n_rows
        (tmp_path / "new").write_bytes(b"x\n")
        os.replace(tmp_path / "new", path)
        assert n_rows + sum(block.n_rows for block in blocks) == 1000


def test_inputs_that_cannot_be_opened_say_why(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("x\n1\n")
    (tmp_path / "empty").mkdir()
    (tmp_path / "loop").symlink_to("loop")
    for path, why in [
        (tmp_path / "empty", "is a directory without a file"),
        (tmp_path / "*.txt", "no file matches"),
        (tmp_path / "absent", "no such file"),
        (tmp_path / "loop", "symbolic links"),
        (tmp_path / ("n" * 300), "too long"),
        (tmp_path / "a\0b", "NUL"),
    ]:
        with pytest.raises(InputError, match=why) as caught:
            open_table(str(path))
        assert caught.value.exit_code == 66
    with pytest.raises(InputError) as caught:
        open_table(str(tmp_path / "poeple.csv"))
    assert "people.csv" in (caught.value.hint or "")


def test_a_cell_of_five_megabytes_and_five_thousand_columns_are_read(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b'id,x\n"' + b"a,\n" * 1_700_000 + b'",1.5\nb,2.5\n')
    with open_table(str(path)) as source:
        assert [block.numbers([1]).tolist() for block in source.blocks()] in (
            [[[1.5], [2.5]]],
            [[[1.5]], [[2.5]]],
        )
    path.write_bytes(csv_bytes([[f"c{i}" for i in range(5000)]] + [["1.5"] * 5000] * 3))
    with open_table(str(path)) as source:
        assert next(iter(source.blocks())).numbers(range(5000)).shape == (3, 5000)


def test_spans_are_the_places_of_cells_in_their_records(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b'x,y,z\r\n1,"a,b",22\r\n333,,4\r\n')
    with open_table(str(path)) as source:
        block = next(iter(source.blocks()))
        starts, ends = block.spans([1, 2])
        cells = [
            [record[s:e] for s, e in zip(*bounds, strict=True)]
            for record, bounds in zip(block.records(), zip(starts.tolist(), ends.tolist(), strict=True), strict=True)
        ]
    assert cells == [[b'"a,b"', b"22"], [b"", b"4"]]


def test_a_disk_that_fails_while_an_input_is_read_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b"x,y\n" + b"1,2\n" * 50_000)
    real = os.pread

    def failing(descriptor: int, size: int, offset: int) -> bytes:
        if offset > 1 << 17:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return real(descriptor, size, offset)

    monkeypatch.setattr(os, "pread", failing)
    with (
        open_table(str(path), block_bytes=1 << 16) as source,
        pytest.raises(InputError, match="cannot be read") as told,
    ):
        list(source.blocks())
    assert str(told.value).startswith(str(path))
