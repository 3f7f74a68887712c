"""The page in a real browser: it loads without a complaint, and axe finds nothing against its accessibility.

Needs Chromium, and for the second test the file axe.min.js of axe-core, whose path EMCLI_AXE gives; see
CONTRIBUTING.md.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

pytest.importorskip("jinja2")
pytest.importorskip("matplotlib")

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
AXE = os.environ.get("EMCLI_AXE", "")
WIDTHS = "1280,900"
POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')
RUN = """<script>{axe}</script><script>
document.querySelectorAll("details").forEach(d => d.open = true);
axe.run().then(r => {{
  const found = r.violations.map(v => [v.id, v.help, v.nodes[0].html]);
  document.body.textContent = "FOUND" + JSON.stringify(found) + "END";
}});
</script>"""

pytestmark = [pytest.mark.slow, pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here")]


def opened(page: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """The page after it was loaded, as text on standard output; what the browser complains of on the other stream."""
    command = [
        *(str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder / 'profile'}"),
        *("--enable-logging=stderr", f"--window-size={WIDTHS}", "--virtual-time-budget=20000", "--dump-dom"),
        f"file://{page}",
    ]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from emcli.report import page_task as task
    from emcli.tasks.settings import OutputSettings
    from emcli.tasks.settings.pictures import LookSettings, ReportSettings

    folder = tmp_path_factory.mktemp("browser")
    model = folder / "two.yaml"
    model.write_text(
        "format: emcli-model/1\nfamily: gaussian\ncovariance: diag\ncolumns: [x, y]\ncomponents:\n"
        "  - {weight: 0.6, mean: {x: 0.0, y: 1.0}, covariance: {x: 1.0, y: 2.0}}\n"
        "  - {weight: 0.4, mean: {x: 3.0, y: -2.0}, covariance: {x: 1.0, y: 2.0}}\n",
        encoding="utf-8",
    )
    lines = ["id,x,y", *(f"<script>alert({i})</script>,{i % 5},{(i * 7) % 11 - 5 if i % 6 else ''}" for i in range(40))]
    (folder / "rows.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    out = folder / "page.html"
    output = OutputSettings(str(out))
    task.run(ReportSettings(str(model), str(folder / "rows.csv"), look=LookSettings(id="id"), output=output))
    return out


def test_the_page_loads_without_a_complaint(report: Path, tmp_path: Path) -> None:
    done = opened(report, tmp_path)
    assert "Rows worth reading" in done.stdout
    assert "CONSOLE" not in done.stderr, done.stderr


@pytest.mark.skipif(not Path(AXE).is_file(), reason="EMCLI_AXE does not name axe.min.js")
def test_axe_finds_nothing_against_it(report: Path, tmp_path: Path) -> None:
    text = POLICY.sub("", report.read_text(encoding="utf-8"))
    checked = tmp_path / "checked.html"
    script = RUN.format(axe=Path(AXE).read_text(encoding="utf-8"))
    checked.write_text(text.replace("</body>", script + "</body>"), encoding="utf-8")
    found = re.search(r"FOUND(.*)END", opened(checked, tmp_path).stdout, re.DOTALL)
    assert found, "axe did not end"
    assert json.loads(found[1].replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")) == []
