"""The environment variable that names OpenBLAS's kernels is set on processors that deserve better than its choice."""

from __future__ import annotations

from pathlib import Path

import pytest

from emcli.process.processor import AVX_512, VARIABLE, choose_kernels

WIDE = " ".join(["fpu", *sorted(AVX_512)])


@pytest.mark.parametrize(
    ("vendor", "flags", "environment", "chosen"),
    [
        ("AuthenticAMD", WIDE, {}, "SkylakeX"),
        ("AuthenticAMD", WIDE, {VARIABLE: "Zen"}, "Zen"),
        ("AuthenticAMD", WIDE.replace("avx512dq", ""), {}, None),
        ("AuthenticAMD", "fpu avx2", {}, None),
        ("GenuineIntel", WIDE, {}, None),
    ],
    ids=["wide AMD", "somebody chose", "some of it missing", "narrow AMD", "Intel"],
)
def test_wide_kernels_are_chosen_only_where_they_run_and_nobody_chose(
    vendor: str, flags: str, environment: dict[str, str], chosen: str | None, tmp_path: Path
) -> None:
    first = f"processor\t: 0\nvendor_id\t: {vendor}\nflags\t\t: {flags}\n"
    (listed := tmp_path / "cpuinfo").write_text(f"{first}\nprocessor\t: 1\nvendor_id\t: other\n")
    choose_kernels(environment, str(listed))
    assert environment.get(VARIABLE) == chosen


def test_a_system_without_a_list_of_processors_is_left_alone(tmp_path: Path) -> None:
    environment: dict[str, str] = {}
    choose_kernels(environment, str(tmp_path / "none"))
    assert not environment
