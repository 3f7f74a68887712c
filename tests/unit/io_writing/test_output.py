"""Outputs are put in place whole or not at all, whatever happens."""

from __future__ import annotations

import bz2
import errno
import gzip
import lzma
import os
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from emcli.errors import OutputError, UsageError, WriteError
from emcli.io.write.outputs.output import Outputs, check_output, open_output, refuse_same_file

OLD, NEW = b"OLD\n", b"new content\n" * 1000


def put(path: Path | str, content: bytes = NEW, *, clobber: bool = True) -> None:
    with open_output(str(path), clobber=clobber) as out:
        out.write(content)


def names(folder: Path) -> list[str]:
    return sorted(os.listdir(folder))


def test_a_new_file_has_the_mode_of_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        put(tmp_path / "o.csv")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "o.csv").stat().st_mode) == 0o640


@pytest.mark.parametrize("mode", [0o600, 0o664, 0o755])
def test_a_replaced_file_keeps_its_mode(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "o.csv"
    path.write_bytes(OLD)
    path.chmod(mode)
    put(path)
    assert path.read_bytes() == NEW
    assert stat.S_IMODE(path.stat().st_mode) == mode


def test_the_old_file_stays_until_the_end_and_the_temporary_name_is_recognisable(tmp_path: Path) -> None:
    path = tmp_path / "o.csv"
    path.write_bytes(OLD)
    with open_output(str(path)) as out:
        out.write(NEW)
        assert path.read_bytes() == OLD
        (temporary,) = [name for name in names(tmp_path) if name != "o.csv"]
        assert temporary.startswith(".o.csv.")
        assert temporary.endswith(".emcli-tmp")
    assert path.read_bytes() == NEW
    assert names(tmp_path) == ["o.csv"]


def test_two_writers_of_one_path_do_not_meet(tmp_path: Path) -> None:
    path = tmp_path / "o.csv"
    with open_output(str(path)) as first, open_output(str(path)) as second:
        first.write(b"first")
        second.write(b"second")
        assert len(names(tmp_path)) == 2
    assert path.read_bytes() == b"first"  # its block ended last
    assert names(tmp_path) == ["o.csv"]


@pytest.mark.parametrize("name", ["x" * 255, "ü" * 127, " ", "a\nb", "-x", "a b.csv"])
def test_any_file_name_can_be_written(tmp_path: Path, name: str) -> None:
    put(tmp_path / name)
    assert names(tmp_path) == [name]


@pytest.mark.parametrize("failure", [ValueError, KeyboardInterrupt, SystemExit, MemoryError])
def test_an_exception_in_the_block_leaves_the_old_file_alone(tmp_path: Path, failure: type[BaseException]) -> None:
    path = tmp_path / "o.csv"
    path.write_bytes(OLD)
    with pytest.raises(failure), open_output(str(path)) as out:
        out.write(NEW * 100)
        raise failure
    assert path.read_bytes() == OLD
    assert names(tmp_path) == ["o.csv"]


class FailingSystem:
    """Lets the n-th system call of the writing side fail; SQLite tests its pager like this."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, failure: Callable[[], BaseException], at: int) -> None:
        self.seen = 0
        for name in ("open", "write", "fsync", "close", "replace", "link"):
            monkeypatch.setattr(os, name, self._wrapped(getattr(os, name), name, failure, at))

    def _wrapped(self, real: Any, name: str, failure: Callable[[], BaseException], at: int) -> Any:
        def call(*arguments: Any, **named: Any) -> Any:
            self.seen += 1
            if self.seen != at:
                return real(*arguments, **named)
            if name == "close":
                real(*arguments)
            raise failure()

        return call


def disk_full() -> OSError:
    return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def interrupted() -> KeyboardInterrupt:
    return KeyboardInterrupt()


@pytest.mark.parametrize("failure", [disk_full, interrupted])
@pytest.mark.parametrize("clobber", [True, False])
@pytest.mark.parametrize("name", ["o.csv", "o.csv.gz"])
def test_whichever_operation_fails_the_output_is_old_or_new_and_nothing_is_left(
    tmp_path: Path, failure: Callable[[], BaseException], clobber: bool, name: str
) -> None:
    path = tmp_path / name
    put(path)
    new = path.read_bytes()
    for at in range(1, 30):
        path.unlink(missing_ok=True)
        if clobber:
            path.write_bytes(OLD)
        with pytest.MonkeyPatch.context() as patch:
            system = FailingSystem(patch, failure, at)
            failed = False
            try:
                put(path, clobber=clobber)
            except (OutputError, WriteError, KeyboardInterrupt) as problem:
                failed = True
                assert "No space left" in str(problem) or isinstance(problem, KeyboardInterrupt)
        assert [entry for entry in names(tmp_path) if entry != name] == []
        content = path.read_bytes() if path.exists() else None
        assert content in ((OLD if clobber else None), new)
        assert failed or content == new
        if system.seen < at:
            assert at > 4
            return
    pytest.fail("the operations never ended")


def test_short_writes_are_continued(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: real(descriptor, data[: len(data) // 2 + 1]))
    put(tmp_path / "o.csv")
    assert (tmp_path / "o.csv").read_bytes() == NEW


def test_several_outputs_are_put_in_place_together(tmp_path: Path) -> None:
    with Outputs() as outputs:
        model, table = (outputs.open(str(tmp_path / name)) for name in ("m.yaml", "r.csv"))
        model.write(b"model")
        table.write(b"table")
        assert not (tmp_path / "m.yaml").exists()
    assert (tmp_path / "m.yaml").read_bytes() == b"model"
    assert (tmp_path / "r.csv").read_bytes() == b"table"


def test_if_the_second_output_fails_the_first_is_not_put_in_place(tmp_path: Path) -> None:
    (tmp_path / "m.yaml").write_bytes(OLD)
    with pytest.raises(WriteError), Outputs() as outputs:
        outputs.open(str(tmp_path / "m.yaml")).write(NEW)
        outputs.open("/dev/full").write(NEW)
    assert (tmp_path / "m.yaml").read_bytes() == OLD
    assert names(tmp_path) == ["m.yaml"]


def test_an_output_that_cannot_be_opened_takes_the_earlier_ones_along(tmp_path: Path) -> None:
    with pytest.raises(OutputError), Outputs() as outputs:
        outputs.open(str(tmp_path / "m.yaml")).write(NEW)
        outputs.open(str(tmp_path / "nodir" / "r.csv"))
    assert names(tmp_path) == []


def test_a_link_stays_a_link_and_its_target_gets_the_data(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    target, link = tmp_path / "there" / "target.csv", tmp_path / "link.csv"
    target.write_bytes(OLD)
    link.symlink_to("there/target.csv")
    put(link)
    assert link.is_symlink()
    assert target.read_bytes() == NEW
    assert names(tmp_path / "there") == ["target.csv"]


def test_a_dangling_link_creates_its_target(tmp_path: Path) -> None:
    link = tmp_path / "link.csv"
    link.symlink_to("new.csv")
    put(link)
    assert link.is_symlink()
    assert (tmp_path / "new.csv").read_bytes() == NEW


def test_a_read_only_file_is_replaced_whole_and_stays_read_only(tmp_path: Path) -> None:
    path = tmp_path / "o.csv"
    path.write_bytes(OLD)
    path.chmod(0o444)
    put(path)
    assert path.read_bytes() == NEW
    assert stat.S_IMODE(path.stat().st_mode) == 0o444


def refused(path: Path | str, word: str, *, clobber: bool = True) -> None:
    """Both the early check and the opening itself refuse, naming the path and the reason."""
    for attempt in (lambda: check_output(str(path), clobber), lambda: put(path, clobber=clobber)):
        with pytest.raises(OutputError, match=word) as caught:
            attempt()
        assert caught.value.where == str(path)


def test_a_loop_of_links_is_refused(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    refused(tmp_path / "loop", "symbolic links")


def test_a_directory_is_refused(tmp_path: Path) -> None:
    refused(tmp_path, "directory")


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    refused(tmp_path / "nodir" / "o.csv", "folder '.*nodir' does not exist")


def test_a_file_in_place_of_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(OLD)
    refused(tmp_path / "file" / "o.csv", "Not a directory")


@pytest.mark.parametrize("path", ["", "nodir/"])
def test_a_path_that_names_no_file_is_refused(path: str) -> None:
    refused(path, "names no file")


def test_a_name_that_no_file_system_takes_is_refused(tmp_path: Path) -> None:
    refused(tmp_path / ("x" * 256), "too long")
    with pytest.raises(OutputError, match="NUL"):
        check_output("a\0b")


def test_no_clobber_refuses_an_existing_file_and_creates_a_new_one(tmp_path: Path) -> None:
    path = tmp_path / "o.csv"
    put(path, clobber=False)
    refused(path, "already exists", clobber=False)
    assert path.read_bytes() == NEW


def test_no_clobber_does_not_replace_a_file_that_appeared_meanwhile(tmp_path: Path) -> None:
    path = tmp_path / "o.csv"
    with pytest.raises(OutputError, match="already exists"), open_output(str(path), clobber=False) as out:
        out.write(NEW)
        path.write_bytes(OLD)
    assert path.read_bytes() == OLD
    assert names(tmp_path) == ["o.csv"]


def test_a_device_is_written_to_and_stays_a_device() -> None:
    put("/dev/null")
    put("/dev/null", clobber=False)
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)


def test_a_full_device_is_an_error() -> None:
    with pytest.raises(WriteError, match="No space left"):
        put("/dev/full")


def test_a_fifo_is_written_to_and_stays_a_fifo(tmp_path: Path) -> None:
    path = tmp_path / "fifo"
    os.mkfifo(path)
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append(path.read_bytes()))
    reader.start()
    check_output(str(path))
    put(path)
    reader.join(10)
    assert got == [NEW]
    assert stat.S_ISFIFO(path.stat().st_mode)


UNPACK = {".gz": gzip.decompress, ".bz2": bz2.decompress, ".xz": lzma.decompress, ".GZ": gzip.decompress}


@pytest.mark.parametrize("extension", [*UNPACK, ".zst"])
def test_a_compressed_output_reads_back_and_has_the_same_bytes_each_time(tmp_path: Path, extension: str) -> None:
    first, second = tmp_path / f"a.csv{extension}", tmp_path / f"other{extension}"
    put(first, NEW * 50)
    put(second, NEW * 50)
    packed = first.read_bytes()
    assert packed == second.read_bytes()
    assert len(packed) < len(NEW)
    if extension == ".zst":
        import pyarrow as pa

        assert pa.CompressedInputStream(str(first), "zstd").read() == NEW * 50
    else:
        assert UNPACK[extension](packed) == NEW * 50


def test_a_name_without_an_extension_is_not_compressed(tmp_path: Path) -> None:
    for name in ("gz", ".gz"):
        put(tmp_path / name)
        assert (tmp_path / name).read_bytes() == NEW


def test_an_empty_archive_is_a_whole_archive(tmp_path: Path) -> None:
    put(tmp_path / "o.gz", b"")
    assert gzip.decompress((tmp_path / "o.gz").read_bytes()) == b""


def test_the_same_output_named_twice_is_refused_however_it_is_spelled(tmp_path: Path) -> None:
    (tmp_path / "o").write_bytes(OLD)
    (tmp_path / "link").symlink_to("o")
    for other in ("o", "./o", "link"):
        with pytest.raises(UsageError, match="-o and -r are the same file"):
            refuse_same_file({"-o": f"{tmp_path}/o", "-r": f"{tmp_path}/{other}"})
    with pytest.raises(UsageError):
        refuse_same_file({"-o": "-", "-r": "/dev/stdout"})
    refuse_same_file({"-o": "-", "-r": None, "--trace": f"{tmp_path}/o"})
    refuse_same_file({"-o": "/dev/null", "-r": "/dev/null"})


def test_an_output_over_the_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="-o would overwrite the model"):
        refuse_same_file({"-o": f"{tmp_path}/m"}, {"the model": f"{tmp_path}/./m"})
    refuse_same_file({"-o": "-"}, {"the model": "-"})  # the model comes from stdin


WRITE_MUCH = """
import sys
from emcli.errors import EmcliError
from emcli.io.write.outputs.output import open_output
try:
    with open_output(sys.argv[1]) as out:
        for _ in range(int(sys.argv[2])):
            out.write(b"0123456789" * 1000)
except EmcliError as error:
    sys.exit(f"{error.exit_code} {error}")
except BrokenPipeError:
    sys.exit("141")
"""


def shell(line: str, path: str = "-", count: int = 100) -> Iterator[str]:
    """stdout and stderr of a shell line in which PUT stands for a process that writes 10 kB `count` times."""
    put_command = f"'{sys.executable}' -c '{WRITE_MUCH}' {path} {count}"
    root = Path(__file__).parents[3]
    done = subprocess.run(
        ["bash", "-c", line.replace("PUT", put_command)],
        capture_output=True,
        text=True,
        cwd=root,
        timeout=60,
        check=False,
    )
    return iter((done.stdout, done.stderr))


def test_standard_output_gets_everything_through_a_pipe() -> None:
    out, err = shell("PUT | wc -c")
    assert (out.strip(), err) == ("1000000", "")


def test_a_slow_reader_of_a_non_blocking_pipe_is_waited_for() -> None:
    line = "(sleep 0.2; wc -c)"
    nonblocking = (
        f'\'{sys.executable}\' -c \'import os; os.set_blocking(1, False); os.execvp("bash", ["bash", "-c", '
        'os.environ["INNER"]])\''
    )
    os.environ["INNER"] = f"exec '{sys.executable}' -c '{WRITE_MUCH}' - 100"
    try:
        out, err = shell(f"{nonblocking} | {line}")
    finally:
        del os.environ["INNER"]
    assert (out.strip(), err) == ("1000000", "")


def test_a_closed_pipe_is_not_reported_as_a_failure_of_the_output() -> None:
    _, err = shell("PUT | head -c 1 > /dev/null")
    assert err.strip() == "141"


def test_a_full_device_behind_standard_output_is_a_failure() -> None:
    _, err = shell("PUT > /dev/full", count=1)
    assert err.startswith("74 <stdout>: cannot be written: No space left")


def test_a_closed_standard_output_is_refused() -> None:
    _, err = shell("PUT >&-")
    assert err.startswith("73 <stdout>: cannot be written: it is closed")


def test_dev_stdout_and_process_substitution_are_written_straight(tmp_path: Path) -> None:
    out, err = shell("PUT | wc -c", path="/dev/stdout")
    assert (out.strip(), err) == ("1000000", "")
    out, err = shell(f"PUT >> {tmp_path}/o; PUT >> {tmp_path}/o; wc -c < {tmp_path}/o", path="/dev/stdout")
    assert (out.strip(), err) == ("2000000", "")
    out, err = shell("PUT; wait", path=">(wc -c; sleep 0)")
    assert err == ""
