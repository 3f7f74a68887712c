"""assign: the input's bytes, then the answers."""

from __future__ import annotations

import csv
import io
import math
from pathlib import Path

import pytest
from processes import IRIS, ROWS, Run


def cells(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_input_columns_pass_through_byte_for_byte(emcli: Run, two: Path, rows: Path) -> None:
    done = emcli("assign", two, rows)
    assert done.code == 0
    given = ROWS.encode().replace(b"\n", b"\n").split(b"\n")
    kept = [line for line in done.out.split(b"\n") if line]
    assert kept[0] == given[0] + b",cluster,p_1,p_2"
    assert kept[1].startswith(given[1] + b",1,")
    assert kept[2] == given[2]  # the first line of a quoted cell
    assert kept[3].startswith(given[3] + b",2,")
    assert kept[4].startswith(given[4] + b",1,")


@pytest.mark.parametrize(("delimiter", "end"), [(";", "\n"), ("\t", "\r\n"), ("|", "\r\n")])
def test_delimiter_and_line_end_are_kept(emcli: Run, two: Path, delimiter: str, end: str) -> None:
    table = end.join([delimiter.join(row) for row in (["x", "n", "y [/z]"], ["0", "007", "1"])]) + end
    done = emcli("assign", two, "--label-only", stdin=table)
    assert done.text == end.join(
        [delimiter.join(["x", "n", "y [/z]", "cluster"]), delimiter.join(["0", "007", "1", "1"]), ""]
    )


def test_more_adds_what_is_uncertain(emcli: Run, two: Path, rows: Path) -> None:
    for row in cells(emcli("assign", two, rows, "--more").text):
        p = [float(row["p_1"]), float(row["p_2"])]
        assert sum(p) == pytest.approx(1.0, abs=1e-12)
        assert float(row["uncertainty"]) == pytest.approx(1 - max(p), abs=1e-15)
        assert float(row["entropy"]) == pytest.approx(-sum(v * math.log(v) for v in p if v > 0), abs=1e-15)
        assert math.isfinite(float(row["log_density"]))


def test_only_and_label_only_leave_columns_out(emcli: Run, two: Path, rows: Path) -> None:
    assert emcli("assign", two, rows, "--only", "--label-only").text == "cluster\n1\n2\n1\n"
    with_id = emcli("assign", two, rows, "--only", "--label-only", "--id", "name").text
    assert with_id == 'name,cluster\n007,1\n"a,\nb",2\n1234567890123456789,1\n'


def test_without_a_header_the_columns_get_their_numbers_as_names(emcli: Run, tmp_path: Path) -> None:
    table = "".join(f"{i % 7},{i % 5 + 20 * (i % 2)}\n" for i in range(40))
    assert emcli("fit", "-H", "-k", "2", "-o", "m.yaml", "-q", stdin=table).code == 0
    done = emcli("assign", "m.yaml", "-H", "--label-only", stdin=table)
    assert done.text.startswith("c1,c2,cluster\n0,0,")
    assert done.text.count("\n") == 41


def test_a_clash_of_names_is_an_error_with_the_way_out(emcli: Run, two: Path) -> None:
    table = "x,y [/z],cluster\n0,1,7\n"
    done = emcli("assign", two, "-o", "out.csv", stdin=table)
    assert done.code == 2
    assert done.err.startswith("emcli: error: <stdin>: the table already has a column named 'cluster'\n")
    assert "--prefix em_" in done.err
    again = emcli("assign", two, "--label-only", "--prefix", "em_", stdin=table)
    assert again.text == "x,y [/z],cluster,em_cluster\n0,1,7,1\n"


def test_a_missing_model_column_is_an_error_that_lists_what_there_is(emcli: Run, two: Path, tmp_path: Path) -> None:
    done = emcli("assign", two, "-o", "out.csv", stdin="x,Y [/z]\n0,1\n")
    assert done.code == 65
    assert done.err.split("\n")[0] == (f"emcli: error: <stdin>: no column named 'y [/z]', which the model {two} needs")
    assert "  columns: x, Y [/z]\n" in done.err
    assert "did you mean 'Y [/z]'?" in done.err
    assert not (tmp_path / "out.csv").exists()


def test_rows_with_gaps_are_used_dropped_or_refused(emcli: Run, two: Path, rows: Path) -> None:
    used = emcli("assign", two, rows)
    assert len(cells(used.text)) == 3
    assert "1 missing cell" in used.err
    dropped = emcli("assign", two, rows, "--missing", "drop")
    assert [row["name"] for row in cells(dropped.text)] == ["007", "a,\nb"]
    assert "emcli: note: 1 row with missing cells left out" in dropped.err
    refused = emcli("assign", two, rows, "--missing", "error")
    assert refused.code == 65
    assert refused.err.startswith(f"emcli: error: {rows}:5: column 'y [/z]': a missing cell\n")


def test_the_output_may_be_the_input(emcli: Run, two: Path, rows: Path) -> None:
    expected = emcli("assign", two, rows).out
    assert emcli("assign", two, rows, "-o", rows).code == 0
    assert rows.read_bytes() == expected


def test_the_output_may_not_be_the_model(emcli: Run, two: Path, rows: Path) -> None:
    before = two.read_bytes()
    assert emcli("assign", two, rows, "-o", two).code == 2
    assert two.read_bytes() == before


def test_an_existing_file_survives_no_clobber_and_bad_rows(emcli: Run, two: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    out.write_text("old", encoding="utf-8")
    assert emcli("assign", two, "-o", out, "--no-clobber", stdin="x,y [/z]\n0,1\n").code == 73
    bad = emcli("assign", two, "-o", out, stdin="x,y [/z]\n0,1\noops,2\n")
    assert bad.code == 65
    assert "<stdin>:3: column 'x': 'oops' is not a number" in bad.err
    assert out.read_text(encoding="utf-8") == "old"


def test_digits_shorten_the_new_numbers_and_no_others(emcli: Run, two: Path) -> None:
    row = cells(emcli("assign", two, "--digits", "3", "--more", stdin="x,y [/z]\n1.50000,-9.123456\n").text)[0]
    assert row["x"] == "1.50000"
    assert len(row["log_density"].lstrip("-").replace(".", "")) <= 3


def test_json_is_a_summary_beside_the_file(emcli: Run, two: Path, rows: Path) -> None:
    done = emcli("assign", two, rows, "-o", "out.csv", "--json", "-q")
    assert done.err == ""
    assert '"n_rows": 3' in done.text


def test_responsibilities_of_a_fit_are_what_assign_writes(emcli: Run, tmp_path: Path) -> None:
    emcli("fit", IRIS, "-k", "2", "--starts", "1", "-o", "m.yaml", "-r", "r.csv")
    assert (tmp_path / "r.csv").read_bytes() == emcli("assign", "m.yaml", IRIS).out


def test_a_pipe_of_three(shell: Run) -> None:
    done = shell(
        f"cut -d, -f3,4 '{IRIS}' | emcli fit -k 3 -q | emcli assign - '{IRIS}' -q --only --label-only"
        " | tail -n +2 | sort | uniq -c | awk '{print $1}'"
    )
    assert done.err == ""
    assert sum(map(int, done.text.split())) == 150
    assert "50" in done.text.split()


def test_a_row_beyond_all_probability_is_named(emcli: Run, two: Path, tmp_path: Path) -> None:
    done = emcli("assign", two, "-o", "out.csv", stdin="x,y [/z]\n0,1\n1e300,-1e308\n")
    assert done.code == 65
    assert done.err.startswith("emcli: error: <stdin>:3: this row is so far from the model")
    assert not (tmp_path / "out.csv").exists()
