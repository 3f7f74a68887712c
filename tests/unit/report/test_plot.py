"""Every kind of picture is drawn, as SVG and as PNG, and is the same on every run; what is missing is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from looking import folder_with_model

from emcli.errors import BadModel, UsageError
from emcli.report import plot
from emcli.report.frames import MOST_FRAMES, chosen_steps
from emcli.tasks import fit
from emcli.tasks.settings import FitSettings, FittingSettings, OutputSettings
from emcli.tasks.settings.pictures import PlotSettings

pytest.importorskip("matplotlib")

SCORES = """\
k,covariance,bic,train_per_row,heldout_per_row,heldout_se,kmeans_loss,chosen
1,full,300.5,-4.5,-4.6,0.1,60,false
2,full,290.5,-4.0,-4.1,0.1,30,true
3,full,,,,,20,false
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model, rows, scores, and the steps of a climb of the same rows."""
    folder = folder_with_model(tmp_path_factory.mktemp("plot"))
    (folder / "scores.csv").write_text(SCORES, encoding="utf-8")
    fit.run(
        FitSettings(
            2,
            str(folder / "rows.csv"),
            FittingSettings(init="random", starts=1, accelerate="none", max_iterations=6),
            trace=str(folder / "trace.csv"),
            trace_models=str(folder / "steps.jsonl"),
            output=OutputSettings(str(folder / "fitted.yaml")),
        )
    )
    return folder


def drawn(folder: Path, name: str, model: str = "two.yaml", **more: object) -> bytes:
    output = OutputSettings(str(folder / name))
    plot.run(PlotSettings(str(folder / model), str(folder / "rows.csv"), output=output, dpi=40, **more))  # type: ignore[arg-type]
    return (folder / name).read_bytes()


@pytest.mark.parametrize("kind", plot.KINDS)
def test_every_kind_is_drawn_as_svg_and_as_png(kind: str, folder: Path) -> None:
    more = {"scores": str(folder / "scores.csv"), "trace_table": str(folder / "trace.csv")}
    svg = drawn(folder, f"{kind}.svg", kind=kind, **more)
    assert svg.startswith(b"<?xml") and b"<dc:date>" not in svg and len(svg) > 3000
    assert drawn(folder, f"{kind}.png", kind=kind, **more).startswith(b"\x89PNG")


def test_the_same_command_gives_the_same_bytes(folder: Path) -> None:
    for name in ("same.svg", "same.pdf"):
        assert drawn(folder, name, kind="density") == drawn(folder, name, kind="density")


def test_a_climb_moves_as_frames_and_as_one_picture(folder: Path) -> None:
    steps = (folder / "steps.jsonl").read_text(encoding="utf-8").splitlines()
    (folder / "two_steps.jsonl").write_text("\n".join([steps[0], steps[-1]]) + "\n", encoding="utf-8")
    settings = PlotSettings(
        *(str(folder / "fitted.yaml"), str(folder / "rows.csv"), "trace"),
        step_models=str(folder / "two_steps.jsonl"),
        frames=str(folder / "frames"),
        animate=str(folder / "em.gif"),
        dpi=40,
    )
    plot.run(settings)
    names = sorted(path.name for path in (folder / "frames").iterdir())
    assert names == ["step_0001.png", f"step_{len(steps):04}.png"]
    assert (folder / "em.gif").read_bytes().startswith(b"GIF89a")


def test_the_last_step_is_the_model_and_every_step_is_one(folder: Path) -> None:
    from emcli.io.models.model_steps import read_steps
    from emcli.tasks.model_rows.models import load_model

    steps, fitted = read_steps(str(folder / "steps.jsonl")), load_model(str(folder / "fitted.yaml")).plain
    assert len(steps) == fitted["fit"]["iterations"]
    assert steps[-1]["components"] == fitted["components"]
    likelihoods = [step["fit"]["log_likelihood"] for step in steps]
    assert likelihoods == sorted(likelihoods)
    assert likelihoods[-1] == pytest.approx(fitted["fit"]["log_likelihood"], abs=1e-9)
    (folder / "broken.jsonl").write_text("{}\n", encoding="utf-8")
    with pytest.raises(BadModel, match=r"broken.jsonl:1"):
        read_steps(str(folder / "broken.jsonl"))


@pytest.mark.parametrize("n", [1, 3, MOST_FRAMES, MOST_FRAMES + 1, 1000])
def test_frames_are_few_and_end_with_the_last_step(n: int) -> None:
    chosen = chosen_steps(n)
    assert chosen[0] == 0 and chosen[-1] == n - 1 and chosen == sorted(set(chosen))
    assert len(chosen) <= MOST_FRAMES + 1


@pytest.mark.parametrize(
    ("more", "what"),
    [
        ({"kind": "uncertainty"}, "uncertainty needs the rows"),
        ({"kind": "scores"}, "needs the table of select-k"),
        ({"kind": "trace"}, "needs the steps of the climb"),
        ({"animate": "em.gif"}, "'pairs' does not move"),
        ({"kind": "trace", "animate": "em.gif", "trace_table": "t.csv"}, "needs the models of every step"),
        ({"kind": "trace", "animate": "em.mp4", "step_models": "s.jsonl"}, "a moving picture cannot be 'em.mp4'"),
        ({"size": "big"}, "'big' is not a size"),
        ({"output": OutputSettings("-")}, "the picture needs a name"),
    ],
)
def test_what_a_picture_needs_is_told_before_anything_is_read(more: dict[str, object], what: str) -> None:
    with pytest.raises(UsageError, match=what):
        PlotSettings("model.yaml", **{"output": OutputSettings("a.png"), **more})  # type: ignore[arg-type]
