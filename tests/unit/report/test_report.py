"""The page of a report: its numbers are the model's, its text stays text, and it needs nothing but itself."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from looking import HOSTILE, folder_with_model, page

from emcli.core.passes.evaluation import Evaluator
from emcli.errors import UsageError
from emcli.report import page_task as report
from emcli.report.pictures.page import check_jinja
from emcli.tasks.model_rows.models import load_model
from emcli.tasks.settings import OutputSettings
from emcli.tasks.settings.pictures import LookSettings, ReportSettings


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("jinja2")
    return folder_with_model(tmp_path_factory.mktemp("report"))


@pytest.fixture(scope="module")
def drawn(folder: Path) -> str:
    pytest.importorskip("matplotlib")
    return page(folder)


class Elements(HTMLParser):
    """Names of elements, values of attributes, and the text between, as a browser reads them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.names: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def rows(folder: Path) -> np.ndarray:
    lines = (folder / "rows.csv").read_text(encoding="utf-8").splitlines()[1:]
    cells = [line.split(",") for line in lines]
    return np.array([[float(x), float(y) if y else np.nan] for _, y, x in cells])


def test_the_numbers_on_the_page_are_those_of_the_model_and_its_rows(folder: Path, drawn: str) -> None:
    said = Evaluator(load_model(str(folder / "two.yaml")).mixture)(rows(folder))
    certainty = said.responsibilities.max(axis=1)
    text = " ".join(" ".join(Elements(drawn).words).split())
    assert "Cluster 1 60.0" in text and "Cluster 2 40.0" in text
    for label, n in enumerate(np.bincount(said.labels)):
        sure = (certainty[said.labels == label] >= 0.9).sum()
        assert f"{n} rows, {sure} of them sure (0.9 or more)." in text
    assert "0.00 ± 1.00 19 of 20 from −1.96 to 1.96" in text
    at = re.search(r"probability rows share 0.5 (\d+) .*? 0.9 (\d+) ", text)
    assert at and [int(n) for n in at.groups()] == [(certainty >= level).sum() for level in (0.5, 0.9)]
    least = int(certainty.argmin())
    assert f"<b>row {least}</b> {said.labels[least] + 1} {certainty[least]:.4f}" in text
    unlikely = int(said.log_density.argmin())
    cells = f"{unlikely + 1} line {unlikely + 2} <b>row {unlikely}</b>"
    assert cells in text and f"{said.log_density[unlikely]:.3f}".replace("-", "−") in text
    assert f"{np.isnan(rows(folder)).sum()} missing cells of 120" in text


def test_names_and_cells_stay_text(drawn: str) -> None:
    elements = Elements(drawn)
    assert "script" not in elements.names and "b" in elements.names
    assert not any("row" in value for name, value in elements.attributes if name.startswith("on"))
    assert HOSTILE in "".join(elements.words)
    assert drawn.count("<script") == 0


def test_the_page_needs_nothing_but_itself(drawn: str) -> None:
    assert "http:" not in drawn and "https:" not in drawn and "@import" not in drawn
    for name, value in Elements(drawn).attributes:
        if name in ("src", "href", "xlink:href"):
            assert value.startswith(("#", "data:image/png;base64,")), value
    identifiers = re.findall(r'\bid="([^"]+)"', drawn)
    assert len(identifiers) == len(set(identifiers))
    assert set(re.findall(r'(?:href="#|url\(#)([^")]+)', drawn)) <= set(identifiers)


def test_every_picture_has_words_and_takes_the_colours_of_the_page(drawn: str) -> None:
    pictures = re.findall(r"<figure><svg ([^>]*)>", drawn)
    assert len(pictures) >= 6
    assert all('role="img"' in picture and len(picture) > 100 for picture in pictures)
    assert "var(--ink)" in drawn and "#1a1b1c" not in drawn


def test_the_same_command_gives_the_same_bytes(folder: Path, drawn: str) -> None:
    assert page(folder) == drawn


def test_without_matplotlib_there_are_words_tables_and_bars(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "there_is_matplotlib", lambda: False)
    text = page(folder)
    assert "Least certain" in text and 'class="bar"' in text and "missing cells of" in text
    assert "<figure>" not in text


def test_without_rows_the_page_tells_what_the_model_alone_can(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "there_is_matplotlib", lambda: False)
    text = page(folder, data=None, look=LookSettings())
    assert "Cluster 2" in text and "Overlap of the clusters" in text
    assert "Least certain" not in text


def test_the_scores_say_where_the_model_stands(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "there_is_matplotlib", lambda: False)
    (folder / "scores.csv").write_text(
        "k,covariance,bic,train_per_row,heldout_per_row,heldout_se,kmeans_loss,chosen\n"
        "1,full,305.5,-4.5,-4.6,0.1,60,false\n2,full,300.25,-4.4,-4.5,0.1,30,true\n2,tied,,,,,30,false\n",
        encoding="utf-8",
    )
    text = " ".join(" ".join(Elements(page(folder, scores=str(folder / "scores.csv"))).words).split())
    assert "BIC puts it first among the candidates compared, 5.25 before 1 cluster (full)." in text
    assert "2 full 300.2500 0 −4.50000 ± 0.10 chosen, this model" in text


def test_without_jinja_the_install_command_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("emcli.report.pictures.page.find_spec", lambda name: None)
    with pytest.raises(UsageError) as caught:
        check_jinja()
    assert caught.value.hint == "pip install 'emcli[report]'"


def test_the_page_may_not_replace_what_it_is_made_from(folder: Path) -> None:
    model = str(folder / "two.yaml")
    with pytest.raises(UsageError, match="would overwrite"):
        report.run(ReportSettings(model, output=OutputSettings(model)))
