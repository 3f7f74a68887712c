"""A small model and a table with holes, ids, and names that look like markup; commands run in this process."""

from __future__ import annotations

from pathlib import Path

from emcli.report import page_task as report
from emcli.tasks.settings.pictures import LookSettings, ReportSettings

HOSTILE = "<script>alert(1)</script>"
MODEL = f"""\
format: emcli-model/1
family: gaussian
covariance: full
columns: [x, "{HOSTILE}"]
components:
  - weight: 0.6
    mean: {{x: 0.0, "{HOSTILE}": 1.0}}
    covariance: [[1.0, 0.5], [0.5, 2.0]]
  - weight: 0.4
    mean: {{x: 3.0, "{HOSTILE}": -2.0}}
    covariance: [[1.0, 0.5], [0.5, 2.0]]
"""
ROWS = [(i, f"{(i * 37 % 50) / 10 - 1:.1f}", f"{(i * 17 % 70) / 10 - 4:.1f}" if i % 9 else "") for i in range(60)]


def folder_with_model(folder: Path) -> Path:
    """The model and its rows as files."""
    (folder / "two.yaml").write_text(MODEL, encoding="utf-8")
    lines = [f"name,{HOSTILE},x", *(f"<b>row {i}</b>,{y},{x}" for i, x, y in ROWS)]
    (folder / "rows.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def page(folder: Path, **more: object) -> str:
    """The text of the report."""
    from emcli.tasks.settings import OutputSettings

    settings = {"data": str(folder / "rows.csv"), "look": LookSettings(id="name"), **more}
    out = folder / "page.html"
    report.run(ReportSettings(str(folder / "two.yaml"), output=OutputSettings(str(out)), **settings))  # type: ignore[arg-type]
    return out.read_text(encoding="utf-8")
