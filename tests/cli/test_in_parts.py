"""Products in parts, and the commands on a cluster: the same bytes wherever the work is done."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from processes import TWO

from emcli.cli import app

pytestmark = pytest.mark.slow

ROWS = 40  # of a part
CALLS = {
    "assign": "assign two.yaml {rows} --more -o out/",
    "assign, only complete rows": "assign two.yaml {rows} --only --id name --missing drop -o out/",
    "score, every row": "score two.yaml {rows} --id name --per-row -o out/",
    "impute": "impute {rows} -c 2,3 -k 2 --starts 2 --round integers --mark -o out/",
    "impute by a model": "impute {rows} --model two.yaml --round integers --digits 3 -o out/",
    "select-k": "select-k {rows} -c 2,3 -k 1-2 --starts 1 --folds 2 --group w --best best.yaml -r r.csv",
    "fit -k auto": "fit {rows} -c 2,3 -k auto --starts 1 --covariance spherical --max-iter 2",
    "score": "score two.yaml {rows} --weights w",
    "score, drift": "score two.yaml {rows} --weights w --drift --json",
}
PARTS = [what for what, call in CALLS.items() if "out/" in call]


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One table twice, as text (one part compressed, one with its columns in another order) and as Parquet."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    folder = tmp_path_factory.mktemp("tables")
    (folder / "two.yaml").write_text(TWO, encoding="utf-8")
    (folder / "text").mkdir()
    (folder / "parquet").mkdir()
    rng = np.random.default_rng(5)
    straight = ["name", "y [/z]", "x", "w"]
    for part, names in enumerate((straight, ["w", "x", "name", "y [/z]"], straight)):
        shape = (ROWS, 2)
        numbers = np.where(rng.random(shape) < 0.1, np.nan, np.round(rng.normal(size=shape) * 3 + [0, -9.5], 2))
        columns = {
            "name": [f"{part}0{i}" for i in range(ROWS)],
            "y [/z]": [None if np.isnan(value) else value for value in numbers[:, 1].tolist()],
            "x": [None if np.isnan(value) else value for value in numbers[:, 0].tolist()],
            "w": rng.integers(1, 4, ROWS).tolist(),
        }
        lines = [names, *zip(*(columns[name] for name in names), strict=True)]
        text = "".join(",".join("" if cell is None else str(cell) for cell in line) + "\n" for line in lines).encode()
        if part == 1:
            (folder / "text" / "p-1.csv.gz").write_bytes(gzip.compress(text))
        else:
            (folder / "text" / f"p-{part}.csv").write_bytes(text)
        pq.write_table(pa.table({name: columns[name] for name in names}), folder / "parquet" / f"p-{part}.parquet")
    return folder


Product = Callable[..., "dict[str, bytes]"]


@pytest.fixture
def product(
    tables: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> Product:
    """What a command writes, by the names of the files; run in this process, in a folder of its own."""

    def made(call: str, kind: str, *words: object) -> dict[str, bytes]:
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        folder.mkdir()
        monkeypatch.chdir(folder)
        (folder / "two.yaml").symlink_to(tables / "two.yaml")
        (folder / kind).symlink_to(tables / kind)
        capfdbinary.readouterr()
        code = app.run([*call.format(rows=kind).split(), "-q", *map(str, words)])
        told = capfdbinary.readouterr()
        assert code == 0, told.err
        written = [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
        return {"": told.out, **{str(path.relative_to(folder)): path.read_bytes() for path in written}}

    return made


@pytest.mark.parametrize("what", PARTS)
def test_parts_are_the_whole_table_cut_where_its_parts_end(what: str, product: Product) -> None:
    whole = product(CALLS[what].replace("out/", "out.csv"), "text")["out.csv"]
    parts = product(CALLS[what], "text")
    assert sorted(parts) == ["", *(f"out/part-0000{n}.csv" for n in range(3))]
    header, *_ = whole.splitlines(keepends=True)
    rows = [line for name in sorted(parts)[1:] for line in parts[name].splitlines(keepends=True)[1:]]
    if "every row" in what:  # counted within each part
        rows = [b",".join([str(i).encode(), *row.split(b",")[1:]]) for i, row in enumerate(rows, 1)]
    assert b"".join([header, *rows]) == whole


@pytest.mark.parametrize(
    ("what", "kind"), [*((what, "text") for what in CALLS), *((what, "parquet") for what in PARTS)]
)
def test_a_cluster_writes_what_is_written_here_byte_for_byte(
    what: str, kind: str, product: Product, scheduler: Path
) -> None:
    pytest.importorskip("distributed", reason="the cluster needs dask: pip install 'emcli[dask]'")
    here = product(CALLS[what], kind)
    written = {Path(name).suffix for name in here if name.startswith("out/")}
    assert written <= {".csv" if kind == "text" else ".parquet"}
    assert product(CALLS[what], kind, "--engine", "dask", "--scheduler-file", scheduler) == here


@pytest.mark.parametrize(
    "case",
    [
        ("assign two.yaml text -o out/ --no-clobber", 73, "out/part-00000.csv: already exists"),
        ("assign two.yaml text/p-0.csv -o out/", 73, "out/: 'part-00001.csv' is there, and no part of what"),
        ("assign two.yaml bad -o new/", 65, "bad/p-1.csv:2: column 'x': 'oh' is not a number"),
        ("assign two.yaml - -o out/", 2, "--output: standard input has no parts for a folder"),
        ("assign two.yaml text -o s3://bucket/out/", 73, "s3://bucket/out/: a table can be read from a URL"),
        ("impute text -o out/ --draws 2", 2, "--draws: writes completed tables as a whole"),
        ("score two.yaml text --per-row --engine dask", 2, "--output: on a cluster the output is a folder"),
    ],
)
def test_what_cannot_be_written_in_parts_is_told_and_leaves_everything_as_it_was(
    case: tuple[str, int, str], tables: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    words, code, told = case
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad").mkdir()
    for name in ("two.yaml", "text"):
        (tmp_path / name).symlink_to(tables / name)
    (tmp_path / "bad" / "p-0.csv").write_text("x,y [/z]\n1,2\n")
    (tmp_path / "bad" / "p-1.csv").write_text("x,y [/z]\noh,2\n")
    (tmp_path / "out").mkdir()
    for number in range(3):
        (tmp_path / "out" / f"part-0000{number}.csv").write_text("old")
    before = sorted(tmp_path.rglob("*"))
    assert app.run(words.split()) == code
    assert capsys.readouterr().err.startswith(f"emcli: error: {told}")
    assert sorted(tmp_path.rglob("*")) == before


def test_many_rows_stay_on_the_workers_while_candidates_are_compared(
    product: Product, scheduler: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("distributed", reason="the cluster needs dask: pip install 'emcli[dask]'")
    from emcli.tasks.backend import on_cluster

    call = "select-k {rows} -c 2,3 -k 1 --starts 1 --max-iter 2 --folds 2 --weights w --bootstrap 1 --best best.yaml"
    here = product(call, "text")
    for limit in ("MANY_ROWS", "MANY_CELLS"):
        monkeypatch.setattr(on_cluster, limit, 0)
    assert product(call, "text", "--engine", "dask", "--scheduler-file", scheduler) == here
