"""What may be said about any bytes that are taken for a table or for a model file.

A target takes bytes and raises whatever is wrong: an exception that a user would see as a traceback, or a promise
that does not hold.  The fuzzer (`run.py`) looks for such bytes; `test_corpus.py` tries the stored ones in every test
run.
"""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from unittest import mock

import numpy as np

from emcli.core.model.plain import from_plain
from emcli.core.passes.evaluation import evaluate
from emcli.data.blocks import gathered
from emcli.errors import BadData, BadModel, EmcliError
from emcli.io.models.model_file import Form, read_model, write_model
from emcli.io.read.notations.null_marks import DEFAULT_NULL
from emcli.io.read.tables.numeric_table import ColumnChoice, read_numeric
from emcli.io.read.tables.read_options import ReadOptions
from emcli.io.read.text import conversion, text_block
from emcli.io.read.text.text_table import TextTable

DELIMITERS = (None, ",", ";", "\t", "|", " ")
RAGGED = ("error", "skip", "pad")
NULLS = (DEFAULT_NULL, ("-999", ".", ""), ("",), ("é", "0"))
LARGE_BLOCK = 1 << 20
MOST_CELLS = 20_000  # of a table whose numbers are converted twice

Answer = tuple[object, ...]


class MemoryBytes:
    """An input that lies in memory."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def read_at(self, offset: int, size: int) -> bytes:
        return self._content[offset : offset + size]

    def check_unchanged(self) -> None:
        """Nobody changes it."""

    def close(self) -> None:
        """Nothing is held."""


def table(data: bytes) -> None:
    """Three bytes of options and a table: read whole it is what it is read in pieces, cell by cell what it is in bulk.

    The errors are those of emcli, in the same words for every size of block.
    """
    try:
        options, small = _options(data[:3].ljust(3, b"a"))
    except EmcliError:
        return
    content = data[3:]
    whole = _read(content, options, LARGE_BLOCK)
    in_pieces = _read(content, options, small)
    assert whole == in_pieces, f"blocks of {small} bytes: {in_pieces!r} instead of {whole!r}"
    with mock.patch.object(conversion, "FEW_CELLS", 0), mock.patch.object(text_block, "FEW_ROWS", 0):
        in_bulk = _read(content, options, LARGE_BLOCK)
    assert whole == in_bulk, f"by Arrow: {in_bulk!r} instead of {whole!r}"


def _options(choices: bytes) -> tuple[ReadOptions, int]:
    first, second, third = choices
    options = ReadOptions(
        delimiter=DELIMITERS[first % 6],
        header=first // 6 % 2 == 0,
        ragged=RAGGED[second % 3],
        decimal=".,"[second // 3 % 2],
        null_only=(",".join(NULLS[second // 6 % 4]),),
    )
    return options, 1 + third % 64


def _read(content: bytes, options: ReadOptions, block_bytes: int) -> Answer:
    try:
        source = TextTable(MemoryBytes(content), "t.csv", options, block_bytes)
        rows, records = _texts(source)
    except EmcliError as problem:
        return _told(problem)
    try:
        found = read_numeric(source, ColumnChoice())
    except EmcliError as problem:
        return rows, records, source.notes, _told(problem)
    values = gathered(found.rows).values
    assert not np.isinf(values).any()
    return rows, records, found.columns, values.tobytes(), found.reports, found.notes, found.sha256


def _texts(source: TextTable) -> tuple[list[list[str]], list[bytes]]:
    """Every cell's text and every record's bytes."""
    rows: list[list[str]] = []
    records: list[bytes] = []
    for block in source.blocks():
        columns = [block.texts(j) for j in range(len(source.header))]
        rows += [list(row) for row in zip(*columns, strict=True)]
        found = block.records()
        records += found if isinstance(found, list) else found.to_pylist()
    assert len(rows) == len(records)
    return rows, records


def _told(problem: EmcliError) -> Answer:
    """The words of an error, which are few; a line that is quoted may be cut where a block ends, so it is left out."""
    assert len(str(problem)) < 3000
    assert len(problem.detail or "") < 3000
    return type(problem), str(problem), problem.hint


_PATH = Path(tempfile.gettempdir()) / f"emcli-fuzz-{os.getpid()}"


def model(data: bytes) -> None:
    """A model file: refused in words, or a mixture that can be used and comes back the same from both forms of file."""
    read = _model_in(data, _PATH)
    if read is None:
        return
    mixture = from_plain(read)
    means = mixture.family.means
    rows = np.vstack([means, np.full_like(means[:1], np.nan)])
    answer = evaluate(mixture, rows)
    assert np.isfinite(answer.responsibilities).all()
    assert not np.isnan(answer.log_density).any()
    np.testing.assert_allclose(answer.responsibilities.sum(axis=1), 1.0, atol=1e-9)
    forms: tuple[Form, ...] = ("yaml", "json")
    for form in forms:
        out = bytearray()
        write_model(read, _Collected(out), form=form)
        again = _model_in(bytes(out), _PATH.with_suffix(f".{form}"))
        assert again is not None, out.decode()
        assert json.dumps(again) == json.dumps(read)


class _Collected:
    """A sink in memory."""

    def __init__(self, kept: bytearray) -> None:
        self._kept = kept

    def write(self, data: bytes | memoryview) -> None:
        self._kept += data

    def flush(self) -> None:
        """Everything is there."""


def _model_in(data: bytes, path: Path) -> dict[str, object] | None:
    path.write_bytes(data)
    try:
        return read_model(str(path))
    except (BadModel, BadData) as problem:
        _told(problem)
        return None
    finally:
        path.unlink()


TARGETS = {"table": table, "model": model}
