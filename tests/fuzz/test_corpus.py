"""The stored inputs of the fuzzer keep every promise about what is read."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

HERE = Path(__file__).parent
_spec = importlib.util.spec_from_file_location("fuzz_targets", HERE / "targets.py")
assert _spec is not None and _spec.loader is not None
targets = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(targets)


@pytest.mark.parametrize("target", targets.TARGETS)
def test_what_was_found_or_kept_is_read_or_refused_as_it_should_be(target: str) -> None:
    stored = sorted((HERE / "corpus" / target).iterdir())
    assert stored
    for path in stored:
        targets.TARGETS[target](path.read_bytes())
