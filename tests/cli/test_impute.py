"""impute: only missing cells change; every option, as a process."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np
import pytest
from processes import ROOT, Run

DATA = ROOT / "tests" / "oracles" / "reference" / "data"
AIR, MASKED = DATA / "airquality.csv", DATA / "iris_masked.csv"
PEOPLE = (
    'id,name,height,weight,note\r\n007,"a, b",172,62.0,NA\r\n08,"say ""x""",170, NA ,\r\n'
    '9,"two\nlines",152,44,1e3\r\n10,x,,70.50,\r\n11,y,168,,\r\n12,z,,,\r\n13,w,181,75,\r\n'
)
UNTOUCHED = ("-c", "height,weight", "-q")


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def column(text: str, name: str) -> np.ndarray:
    return np.array([float(row[name]) for row in rows_of(text)])


def test_only_missing_cells_of_modelled_columns_change_byte_for_byte(emcli: Run) -> None:
    done = emcli("impute", *UNTOUCHED, "--digits", 4, stdin=PEOPLE)
    assert done.code == 0
    given, found = PEOPLE.split("\r\n"), done.out.decode().split("\r\n")
    assert [line for line in found if "007" in line or "two" in line] == [given[1], given[3]]
    assert found[2].startswith('08,"say ""x""",170,6') and found[2].endswith(",")
    assert found[4].startswith("10,x,1") and found[4].endswith(",70.50,")
    assert len(found) == len(given)


def test_imputing_twice_is_imputing_once(emcli: Run) -> None:
    once = emcli("impute", *UNTOUCHED, stdin=PEOPLE)
    assert emcli("impute", *UNTOUCHED, stdin=once.out).out == once.out


def test_a_complete_table_stays_as_it_is(emcli: Run) -> None:
    table = 'a,b\r\n1,"2"\r\n 3,4.0\r\n5,7e0\r\n'
    done = emcli("impute", "-k", 2, stdin=table)
    assert done.out == table.encode()
    assert "no modelled cell is missing" in done.err


def test_the_mean_fill_says_what_it_is_not_good_for(emcli: Run) -> None:
    done = emcli("impute", "-c", "height,weight", stdin=PEOPLE)
    assert done.err.count("not for inference") == 1
    assert "1 row with nothing observed" in done.err
    assert emcli("impute", *UNTOUCHED, stdin=PEOPLE).err == ""


def test_a_model_fills_new_rows_of_any_pattern_from_a_pipe(emcli: Run, two: Path) -> None:
    table = 'name,"y [/z]",x\na,,0.5\nb,1.5,\nc,,\nd,2,3\n'
    done = emcli("impute", "--model", two, stdin=table)
    assert done.code == 0
    found = rows_of(done.text)
    assert [row["name"] for row in found] == ["a", "b", "c", "d"]
    assert float(found[2]["x"]) == pytest.approx(0.6 * 0.0 + 0.4 * 3.0)
    assert float(found[1]["x"]) == pytest.approx(0.5 / 2.0 * 0.5, abs=1e-6)
    assert done.text.splitlines()[4] == "d,2,3"
    assert emcli("impute", "--model", two, stdin=done.text).text == done.text


def test_standard_errors_are_zero_where_the_cell_was_there(emcli: Run, two: Path, tmp_path: Path) -> None:
    emcli("impute", "--model", two, "--se", "se.csv", "-o", "out.csv", "--id", "n", stdin='n,"y [/z]",x\n1,,0\n2,1,1\n')
    errors = rows_of((tmp_path / "se.csv").read_text(encoding="utf-8"))
    assert errors[1] == {"n": "2", "x": "0", "y [/z]": "0"}
    assert errors[0]["x"] == "0" and float(errors[0]["y [/z]"]) > 1.0


def test_flags_mark_what_was_missing(emcli: Run) -> None:
    done = emcli("impute", *UNTOUCHED, "--mark", stdin=PEOPLE)
    flags = [(row["height_was_missing"], row["weight_was_missing"]) for row in rows_of(done.text)]
    assert flags == [("0", "0"), ("0", "1"), ("0", "0"), ("1", "0"), ("0", "1"), ("1", "1"), ("0", "0")]
    again = emcli("impute", *UNTOUCHED, "--mark", stdin=done.text)
    assert again.code == 2 and "height_was_missing" in again.err


def test_draws_are_stacked_and_in_files_and_the_same_for_any_number_of_threads(emcli: Run, tmp_path: Path) -> None:
    words = ("impute", AIR, "-c", "Ozone-Temp", "--draws", 4, "-q")
    stacked = emcli(*words, "--threads", 1)
    assert emcli(*words, "--threads", 3).out == stacked.out
    assert emcli(*words, "--draw-files", "d_{}.csv").out == b""
    found = rows_of(stacked.text)
    assert [row["draw"] for row in found] == [str(m) for m in range(1, 5) for _ in range(153)]
    for m in range(1, 5):
        alone = rows_of((tmp_path / f"d_{m}.csv").read_text(encoding="utf-8"))
        assert [{**row, "draw": str(m)} for row in alone] == found[153 * (m - 1) : 153 * m]
    ozone = column(stacked.text, "Ozone").reshape(4, 153)
    assert (ozone[:, 0] == 41.0).all() and len(np.unique(ozone[:, 4])) == 4


def test_draws_from_a_model_do_not_depend_on_how_the_rows_arrive(emcli: Run, two: Path, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    lines = [
        f"{x:.3f}," if blank else f",{x:.3f}"
        for x, blank in zip(rng.normal(size=500), rng.random(500) < 0.5, strict=True)
    ]
    table = 'x,"y [/z]"\n' + "\n".join(lines) + "\n"
    (tmp_path / "table.csv").write_text(table, encoding="utf-8")
    words = ("impute", "--model", two, "--draws", 2, "-q")
    from_file = emcli(*words, "table.csv")
    assert emcli(*words, stdin=table).out == from_file.out
    assert emcli(*words, "table.csv", "--seed", 1).out != from_file.out


def test_completions_stay_inside_bounds_without_sticking_to_them(emcli: Run) -> None:
    free = column(emcli("impute", AIR, "-c", "Ozone-Temp", "-q").text, "Ozone")
    assert free.min() < 0.0
    words = ("impute", AIR, "-c", "Ozone-Temp", "-q", "--bounds", "Ozone=0:", "--bounds", "Solar.R=0:340")
    bounded = column(emcli(*words).text, "Ozone")
    assert bounded.min() > 0.0
    drawn = emcli(*words, "--draws", 2).text
    assert column(drawn, "Ozone").min() > 0.0 and (column(drawn, "Ozone") < 1e-3).sum() == 0
    assert column(drawn, "Solar.R").max() <= 340.0


def test_logarithms_keep_completions_positive(emcli: Run) -> None:
    done = emcli("impute", AIR, "-c", "Ozone-Temp", "-q", "--log", "Ozone")
    assert column(done.text, "Ozone").min() > 0.0
    wrong = emcli("impute", "--log", "a", stdin="a,b\n1,2\n0,3\n,4\n5,6\n")
    assert wrong.code == 65 and "<stdin>:3: column 'a': 0 has no logarithm" in wrong.err


def test_whole_numbers_where_asked_for(emcli: Run) -> None:
    done = emcli("impute", AIR, "-c", "Ozone-Temp", "-q", "--round", "integers")
    assert all("." not in row["Ozone"] + row["Solar.R"] for row in rows_of(done.text))
    plain = emcli("impute", AIR, "-c", "Ozone-Temp", "--round", "Ozone", "-q")
    assert all("." not in row["Ozone"] for row in rows_of(plain.text))
    assert any("." in row["Solar.R"] for row in rows_of(plain.text))
    assert "--round integers" in emcli("impute", AIR, "-c", "Ozone-Temp").err


def test_pooled_answers(emcli: Run, tmp_path: Path) -> None:
    words = ("impute", AIR, "-c", "Ozone-Temp", "--draws", 5, "-o", "draws.csv", "-q")
    done = emcli(*words, "--pool", "pooled.csv", "--regress", "Ozone ~ Wind + Temp")
    assert done.code == 0
    pooled = rows_of((tmp_path / "pooled.csv").read_text(encoding="utf-8"))
    terms = ["Ozone", "Solar.R", "Wind", "Temp", "(intercept)", "Wind", "Temp"]
    assert [row["term"] for row in pooled] == terms
    ozone = column((tmp_path / "draws.csv").read_text(encoding="utf-8"), "Ozone").reshape(5, 153)
    assert float(pooled[0]["estimate"]) == pytest.approx(ozone.mean())
    variance = ozone.var(axis=1, ddof=1).mean() / 153 + 1.2 * ozone.mean(axis=1).var(ddof=1)
    assert float(pooled[0]["std_error"]) == pytest.approx(np.sqrt(variance))
    assert float(pooled[2]["missing_information"]) == 0.0


def test_check_reports_errors_beside_mean_fill_and_coverage(emcli: Run) -> None:
    found = rows_of(emcli("impute", MASKED, "--check", "10%", "-q").text)
    assert [row["column"] for row in found[:-1]] == ["Sepal.Length", "Sepal.Width", "Petal.Length", "Petal.Width"]
    whole = found[-1]
    assert int(whole["n_hidden"]) == sum(int(row["n_hidden"]) for row in found[:-1])
    assert float(whole["rmse"]) < 0.8 * float(whole["mean_fill_rmse"])
    assert 0.7 < float(whole["coverage_90"]) <= 1.0


def test_the_notation_of_the_table_is_kept(emcli: Run) -> None:
    table = "a;b\n1,5;2\n2,5;3,5\n;4\n4,1;6\n"
    done = emcli("impute", "--decimal", ",", "-q", stdin=table)
    cell = done.text.splitlines()[3].split(";")[0]
    assert "," in cell and "." not in cell and float(cell.replace(",", ".")) == pytest.approx(2.8, abs=0.3)


def test_a_table_without_a_header_stays_without_one(emcli: Run) -> None:
    done = emcli("impute", "-H", "-q", stdin="1,2\n2,\n4,5\n5,7\n")
    assert len(done.text.splitlines()) == 4 and done.text.startswith("1,2\n2,")


def test_missing_cells_of_other_columns_stay_and_are_told(emcli: Run) -> None:
    done = emcli("impute", stdin="a,b,c\n1,2,3\n2,,\n4,5,3\n5,7,3\n")
    assert done.text.splitlines()[2].endswith(",")
    assert "stay missing: c (1)" in done.err


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--missing", "drop"), 2, "--missing"),
        (("--draw-files", "x_{}.csv"), 2, "needs --draws M"),
        (("--draws", "2", "--draw-files", "x.csv"), 2, "needs {} once"),
        (("--draws", "1", "--pool", "p.csv"), 2, "at least two draws"),
        (("--regress", "a ~ b"), 2, "needs --pool"),
        (("--draws", "2", "--pool", "p.csv", "--regress", "a ~ c"), 2, "no modelled column named 'c'"),
        (("--draws", "2", "--se", "s.csv"), 2, "--se"),
        (("--bounds", "a"), 2, "not COL=LOW:HIGH"),
        (("--bounds", "a=3:1"), 2, "nothing lies between"),
        (("--bounds", "a=0.2:0.8", "--round", "a"), 2, "no whole number"),
        (("--bounds", "c=0:"), 65, "no column named 'c'"),
        (("--check", "90%"), 2, "not a share"),
        (("--check", "10%", "--mark"), 2, "only reports"),
        (("--json",), 2, "needs -o FILE"),
        (("--model", "m.yaml", "-k", "2"), 2, "either -k N or --model"),
    ],
)
def test_what_makes_no_sense_is_refused(emcli: Run, words: tuple[str, ...], code: int, said: str) -> None:
    done = emcli("impute", *words, stdin="a,b\n1,2\n2,\n4,5\n5,7\n")
    assert done.code == code, done.err
    assert said in done.err
    assert done.out == b""


def test_a_column_with_nothing_observed_is_an_error_that_names_it(emcli: Run) -> None:
    done = emcli("impute", stdin="a,b,z\n1,2,\n2,,\n4,5,\n5,7,\n")
    assert done.code == 65 and "column 'z' has no observed value" in done.err
    assert emcli("impute", "-x", "z", stdin="a,b,z\n1,2,\n2,,\n4,5,\n5,7,\n").code == 0


def test_exact_sums_with_holes_are_named(emcli: Run) -> None:
    for command in (("impute",), ("fit", "-k", "1")):
        done = emcli(*command, DATA / "mammalsleep.csv")
        assert done.code == 4 and "'sws', 'ps', 'ts' are collinear" in done.err


def test_columns_that_never_meet_are_told(emcli: Run) -> None:
    rng = np.random.default_rng(0)
    lines = [f"{a:.2f},{b:.2f}," if i % 2 else f"{a:.2f},,{b:.2f}" for i, (a, b) in enumerate(rng.normal(size=(60, 2)))]
    table = "a,b,c\n" + "\n".join(lines) + "\n"
    for command in (("impute",), ("fit", "-k", "1")):
        done = emcli(*command, stdin=table)
        assert done.code == 0 and "weakly identified" in done.err and "'b' and 'c'" in done.err
    assert "weakly" not in emcli("impute", "--covariance", "diag", stdin=table).err
