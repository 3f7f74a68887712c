"""EM at work: the same pair of columns at every step, as frames or as one moving picture."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from emcli.report.pictures.canvas import pixels, rendered
from emcli.report.pictures.pair import Pair, draw_pair
from emcli.report.pictures.palette import FAINT, RULE, colour

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PAUSE = 140  # milliseconds per frame
LAST_PAUSE = 1800


@dataclass(frozen=True, eq=False)
class Frame:
    """One step: the pair as it is then, and the courses of iterations and log-likelihoods up to the end."""

    pair: Pair
    iteration: int
    log_likelihood: float
    iterations: tuple[int, ...]
    log_likelihoods: tuple[float, ...]


def draw_frame(figure: Figure, frame: Frame) -> None:
    """The pair above, the climb below with a mark at where we are."""
    above, below = figure.subplots(2, 1, height_ratios=[5.0, 1.0])
    draw_pair(above, frame.pair)
    above.set_title(f"iteration {frame.iteration}, log-likelihood {frame.log_likelihood:,.2f}", loc="left")
    below.plot(frame.iterations, frame.log_likelihoods, color=FAINT, lw=1.0)
    below.plot([frame.iteration], [frame.log_likelihood], "o", color=colour(0), ms=6, clip_on=False)
    below.set_yticks([])
    below.spines["left"].set_visible(False)
    below.set_xlabel("iteration")
    below.grid(axis="x", color=RULE)


def frame_png(frame: Frame, inches: tuple[float, float], dpi: int) -> bytes:
    """One frame as a PNG."""
    return rendered(partial(draw_frame, frame=frame), inches, "png", dpi)


def moving_gif(frames: Sequence[Frame], inches: tuple[float, float], dpi: int) -> bytes:
    """All frames as an animated GIF that rests on the last one and begins again."""
    from PIL import Image

    images = [pixels(partial(draw_frame, frame=frame), inches, dpi) for frame in frames]
    # One palette for all, from the first and the last frame: colours then do not flicker.
    both = Image.new("RGB", (images[0].width, 2 * images[0].height))
    both.paste(images[0], (0, 0))
    both.paste(images[-1], (0, images[0].height))
    palette = both.quantize(128)
    indexed = [image.quantize(palette=palette, dither=Image.Dither.NONE) for image in images]
    page = io.BytesIO()
    pauses = [PAUSE] * (len(images) - 1) + [LAST_PAUSE]
    indexed[0].save(page, format="GIF", save_all=True, append_images=indexed[1:], duration=pauses, loop=0)
    return page.getvalue()
