"""Every operation on the disk fails once, in every command that writes: the old files stay, or the new ones are whole.

SQLite tests its pager like this: the first operation fails, then the second, until a run in which none was left to
fail.  The commands run in this process, so that hundreds of runs take seconds.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from processes import TWO

from emcli.cli import app
from emcli.cli.words.command_table import COMMANDS

ROWS = 'name,"y [/z]",x\n' + "".join(f'{i:03},{i * i % 7},"{i % 5}.50"\n' for i in range(12)) + "013,,1\n014,2,\n"
SEARCH = "--starts 1 --max-iter 3 --threads 1"
WRITERS = {
    "fit": f"fit rows.csv -x name -k 1 {SEARCH} -o out/m.yaml -r out/r.csv --trace out/t.csv",
    "fit, compressed": f"fit rows.csv -x name -k 1 {SEARCH} -o out/m.json.gz",
    "fit, nothing replaced": f"fit rows.csv -x name -k 1 {SEARCH} -o out/m.yaml -r out/r.csv --no-clobber",
    "assign": "assign two.yaml rows.csv --more -o out/a.csv",
    "assign, Parquet": "assign two.yaml rows.csv -o out/a.parquet",
    "assign, in parts": "assign two.yaml rows.csv -o out/",
    "assign, in place": "assign two.yaml out/rows.csv -o out/rows.csv",
    "sample": "sample two.yaml -n 5 -o out/s.csv",
    "impute": f"impute rows.csv -x name {SEARCH} --mark --se out/se.csv -o out/i.csv",
    "impute, draws": f"impute rows.csv -x name {SEARCH} --draws 2 --draw-files out/d_{{}}.csv --pool out/p.csv "
    "-o out/i.csv",
    "select-k": f"select-k rows.csv -x name -k 1 --folds 0 {SEARCH} --best out/b.yaml -r out/r.csv -o out/k.csv",
    "score": "score two.yaml rows.csv --per-row -o out/p.csv",
    "show": "show two.yaml -o out/s.txt",
    "explain": "explain two.yaml -o out/e.txt",
    "compare": "compare two.yaml two.yaml rows.csv -o out/c.txt",
    "report": "report two.yaml rows.csv -o out/r.html",
    "plot": "plot two.yaml --kind profile -o out/p.svg",
    "columns": "columns rows.csv -o out/c.csv",
    "missing": "missing rows.csv -x name -o out/m.csv",
    "completion": "completion bash -o out/c.sh",
}
OLD = b"OLD\n"
MOST = 80  # operations of one command


class Disk:
    """Counts what is done to files under a folder, and lets the n-th operation fail."""

    def __init__(self, patch: pytest.MonkeyPatch, folder: Path, at: int, code: int) -> None:
        self.seen = 0
        self._folder, self._at, self._code = os.fspath(folder), at, code
        self._descriptors: set[int] = set()
        for name in ("open", "write", "fsync", "close", "replace", "link"):
            patch.setattr(os, name, getattr(self, f"_{name}")(getattr(os, name)))

    def _count(self) -> None:
        self.seen += 1
        if self.seen == self._at:
            raise OSError(self._code, os.strerror(self._code))

    def _open(self, real: Callable[..., int]) -> Callable[..., int]:
        def call(path: Any, flags: int, *more: Any, **named: Any) -> int:
            counted = os.fsdecode(path).startswith(self._folder) and bool(flags & (os.O_WRONLY | os.O_RDWR))
            if counted:
                self._count()
            descriptor = real(path, flags, *more, **named)
            if counted:
                self._descriptors.add(descriptor)
            return descriptor

        return call

    def _on_descriptor(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(descriptor: int, *more: Any) -> Any:
            if descriptor in self._descriptors:
                self._count()
            return real(descriptor, *more)

        return call

    _write = _fsync = _on_descriptor

    def _close(self, real: Callable[[int], None]) -> Callable[[int], None]:
        def call(descriptor: int) -> None:
            real(descriptor)
            if descriptor in self._descriptors:
                self._descriptors.remove(descriptor)
                self._count()

        return call

    def _on_names(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*names: Any) -> Any:
            self._count()
            return real(*names)

        return call

    _replace = _link = _on_names


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with a model, rows, and a folder for outputs."""
    (tmp_path / "two.yaml").write_text(TWO, encoding="utf-8")
    (tmp_path / "rows.csv").write_text(ROWS, encoding="utf-8")
    (tmp_path / "out").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("emcli.report.page_task.there_is_matplotlib", lambda: False)  # drawing takes long
    monkeypatch.setattr("sys.warnoptions", ["error"])  # leave this run's filters alone
    for name in [name for name in os.environ if name.startswith("EMCLI_")]:
        monkeypatch.delenv(name)
    return tmp_path


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def made_by(words: list[str], out: Path, before: dict[str, bytes], at: int = 0, code: int = 0) -> tuple[int, int]:
    """The exit code of a run over the files `before`, and the number of operations seen."""
    for path in out.iterdir():
        path.unlink()
    for name, content in before.items():
        (out / name).write_bytes(content)
    with pytest.MonkeyPatch.context() as patch:
        disk = Disk(patch, out, at, code)
        return app.run(words), disk.seen


@pytest.mark.parametrize(("what", "code"), [*((what, errno.ENOSPC) for what in WRITERS), ("fit", errno.EIO)])
def test_whichever_operation_fails_the_files_are_the_old_ones_or_the_new_ones(
    folder: Path, capsys: pytest.CaptureFixture[str], what: str, code: int
) -> None:
    words, out = WRITERS[what].split(), folder / "out"
    inputs = {"rows.csv": ROWS.encode()} if "in place" in what else {}
    assert made_by(words, out, inputs)[0] == 0
    new = contents(out)
    old = {} if "--no-clobber" in words else dict.fromkeys(new, OLD) | inputs
    refused = 0
    for at in range(1, MOST):
        capsys.readouterr()
        ended, seen = made_by(words, out, old, at, code)
        said = capsys.readouterr().err
        if seen < at:
            break
        if ended == 0:  # what failed was a convenience
            assert contents(out) == new
            continue
        assert ended in (73, 74), said
        assert said.splitlines()[-1].startswith("emcli: error: out/"), said
        assert os.strerror(code) in said
        assert contents(out) == old, f"operation {at}"
        refused += 1
    assert seen < MOST
    assert refused >= 4 * len([word for word in words if word.startswith("out/")]) - 3


def test_every_command_is_put_to_the_test() -> None:
    hint = "add to WRITERS how the new command writes all its outputs to out/"
    assert set(COMMANDS) == {call.split()[0] for call in WRITERS.values()}, hint
