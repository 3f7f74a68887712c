"""EM at work, from the models of its steps: a folder of frames, or a moving picture."""

from __future__ import annotations

import os
from dataclasses import replace

from emcli.core.describe.outlines import outline
from emcli.core.model.plain import from_plain
from emcli.core.passes.evaluation import Evaluator
from emcli.errors import BadModel
from emcli.io.models.model_steps import read_steps
from emcli.io.write.outputs.output import Outputs
from emcli.io.write.outputs.output_folder import ensure_folder
from emcli.report.drawables import Scene, pair_of
from emcli.report.pictures.canvas import check_matplotlib
from emcli.report.pictures.movement import Frame, frame_png, moving_gif
from emcli.tasks.model_rows.models import Model
from emcli.tasks.settings.pictures import PlotSettings

MOST_FRAMES = 80  # of a moving picture: the early steps, where much happens, and ever fewer later
INCHES = (5.4, 5.6)


def write_frames(settings: PlotSettings, scene: Scene) -> int:
    """Write the frames, or the moving picture, or both; returns how many frames there are."""
    where = "--frames" if settings.frames is not None else "--animate"
    check_matplotlib(where)
    assert settings.step_models is not None
    frames = frames_of(scene, settings.step_models)
    inches = settings.inches or INCHES
    with Outputs(clobber=settings.output.clobber) as outputs:
        if settings.frames is not None:
            ensure_folder(settings.frames)
            width = max(4, len(str(frames[-1].iteration)))
            for frame in frames:
                name = os.path.join(settings.frames, f"step_{frame.iteration:0{width}}.png")
                outputs.open(name).write(frame_png(frame, inches, settings.dpi))
        if settings.animate is not None:
            outputs.open(settings.animate).write(moving_gif(frames, inches, min(settings.dpi, 100)))
    return len(frames)


def frames_of(scene: Scene, path: str) -> list[Frame]:
    """The frames: every step, or some of many, with the sampled rows as each step's model sees them."""
    steps = read_steps(path)
    for number, step in enumerate(steps, 1):
        if list(step["columns"]) != scene.names:
            raise BadModel("has other columns than the model", where=f"{path}:{number}")
    mixtures = [from_plain(step) for step in steps]
    iterations = tuple(int(step["fit"]["iteration"]) for step in steps)
    likelihoods = tuple(float(step["fit"]["log_likelihood"]) for step in steps)
    pair = scene.pairs[0]
    fixed = pair_of(scene, pair)
    frames = []
    for i in chosen_steps(len(steps)):
        look = scene.look
        if look is not None:
            given = Evaluator(mixtures[i])(look.sample.values).responsibilities
            look = replace(look, sample=replace(look.sample, responsibilities=given))
        here = Scene(Model(scene.model.name, steps[i], mixtures[i]), outline(mixtures[i]), scene.columns, look)
        drawn = replace(pair_of(here, pair), frame=fixed.frame)
        frames.append(Frame(drawn, iterations[i], likelihoods[i], iterations, likelihoods))
    return frames


def chosen_steps(n: int) -> list[int]:
    """Positions of at most MOST_FRAMES of n steps: dense at the beginning, the last one always."""
    if n <= MOST_FRAMES:
        return list(range(n))
    ratio = [round((n - 1) * (i / (MOST_FRAMES - 1)) ** 2) for i in range(MOST_FRAMES)]
    return sorted({max(place, i) if place < i else place for i, place in enumerate(ratio)} | {n - 1})
