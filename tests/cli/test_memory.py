"""A limit on memory: the work is done, or one line says what the limit is and what is needed."""

from __future__ import annotations

from pathlib import Path

import pytest
from processes import Run


@pytest.mark.parametrize("limit", [40, 100, 175])  # MiB: too little for Python's modules, for numpy, for Arrow
def test_too_little_memory_is_said_in_one_line(shell: Run, two: Path, tmp_path: Path, limit: int) -> None:
    done = shell(f"ulimit -v $(({limit} * 1024)); emcli sample two.yaml -n 100000 -o out.csv")
    assert done.code == 2
    first, hint = done.err.splitlines()
    assert first == f"emcli: error: out of memory: the limit (ulimit -v) is {limit} MiB"
    assert hint.startswith("  hint: a run needs about 400 MiB")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["two.yaml"]


def test_enough_memory_is_enough_on_any_number_of_cores(shell: Run, tmp_path: Path) -> None:
    rows = "x,y\n" + "".join(f"{i % 7},{i * i % 11}\n" for i in range(30_000)) * 4  # enough to share among threads
    (tmp_path / "rows.csv").write_text(rows, encoding="utf-8")
    done = shell("ulimit -v 420000; emcli fit rows.csv -k 2 --starts 1 --max-iter 3 -q -o m.yaml -r r.csv")
    assert (done.code, done.err.count("error")) == (0, 0)
    assert (tmp_path / "r.csv").read_text(encoding="utf-8").count("\n") == 120_001
