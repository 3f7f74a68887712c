"""fit --init RESP.csv: start from the responsibilities that assign, or fit -r, has written."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from processes import IRIS, Run


@pytest.fixture
def written(emcli: Run, tmp_path: Path) -> Path:
    done = emcli("fit", IRIS, "-k", "3", "-o", "model.yaml", "-r", "rows.csv")
    assert done.code == 0, done.err
    return tmp_path / "rows.csv"


def test_the_fit_ends_where_the_responsibilities_came_from(emcli: Run, written: Path, tmp_path: Path) -> None:
    done = emcli("fit", IRIS, "-k", "3", "--init", written, "-o", "again.yaml")
    assert done.code == 0, done.err
    first, again = (yaml.safe_load((tmp_path / name).read_text()) for name in ("model.yaml", "again.yaml"))
    assert again["fit"]["log_likelihood"] == pytest.approx(first["fit"]["log_likelihood"], abs=1e-4)
    assert again["fit"]["starts"]["tried"] == 1


def test_a_row_without_an_observed_cell_does_not_shift_the_others(emcli: Run, tmp_path: Path) -> None:
    rows = [f"{i % 7 + 100 * (i // 20)},{i % 3}" if i != 3 else "," for i in range(40)]
    (tmp_path / "t.csv").write_text("x,y\n" + "\n".join(rows) + "\n")
    sides = "".join(f"{int(i < 20)},{int(i >= 20)}\n" for i in range(40))
    (tmp_path / "p.csv").write_text("p_1,p_2\n" + sides)
    done = emcli("fit", "t.csv", "-k", "2", "--init", "p.csv", "--max-iter", "1", "-o", "m.yaml")
    assert done.code == 0, done.err
    means = [c["mean"]["x"] for c in yaml.safe_load((tmp_path / "m.yaml").read_text())["components"]]
    assert min(means) < 4.0
    assert max(means) > 100.0


@pytest.mark.parametrize(
    ("k", "text", "code", "said"),
    [
        ("2", "p_1,p_2\n0.5,0.5\n", 65, "has 1 rows"),
        ("1", "p_1,p_2\n0.5,0.5\n", 2, "more than 1 components"),
        ("2", "p_1\n1\n", 65, "p_2"),
        ("2", "p_1,p_2\n" + 149 * "0.5,0.5\n" + "0.9,0.3\n", 65, "row 150"),
        ("2", "p_1,p_2\n" + 149 * "0.5,0.5\n" + ",0.3\n", 65, "row 150"),
    ],
)
def test_a_table_that_does_not_fit_is_refused(
    emcli: Run, tmp_path: Path, *, k: str, text: str, code: int, said: str
) -> None:
    (tmp_path / "p.csv").write_text(text)
    done = emcli("fit", IRIS, "-k", k, "--init", "p.csv")
    assert done.code == code
    assert said in done.err
