"""From a drawing to bytes: with matplotlib, which is an extra and is loaded when a picture is asked for.

The same drawing gives the same bytes: nobody's settings are used, no date is written, and identifiers in SVG come from
a fixed seed.  A drawing inside a page takes its ink, paper and lines from the page, so that it reads in light and in
dark, and its text stays text.
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Callable
from html import escape
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from emcli.errors import UsageError
from emcli.report.pictures.palette import FAINT, INK, PAPER, RULE

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Draw = Callable[["Figure"], None]
DrawPanel = Callable[["Axes"], None]

FORMATS = {".png": "png", ".svg": "svg", ".pdf": "pdf"}
NO_DATE: dict[str, dict[str, Any]] = {
    "png": {"Software": None},
    "svg": {"Date": None, "Creator": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
}
SETTINGS: dict[str, Any] = {
    "svg.hashsalt": "emcli",
    "text.parse_math": False,  # a dollar sign in a column's name is a dollar sign
    "font.size": 9.0,
    "axes.titlesize": 9.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.8,
    "axes.edgecolor": FAINT,
    "axes.facecolor": PAPER,
    "figure.facecolor": PAPER,
    "savefig.facecolor": PAPER,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.titlecolor": INK,
    "xtick.color": FAINT,
    "ytick.color": FAINT,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "grid.color": RULE,
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "figure.constrained_layout.use": True,
}
IN_PAGE_DPI = 170  # of points drawn as one image: sharp on a screen of two pixels to one
UNWANTED = [
    re.compile(pattern, re.DOTALL)
    for pattern in (
        r"<metadata>.*?</metadata>\s*",
        r"<style[^>]*>.*?</style>\s*",
        r'(?<=<g) id="[^"]*"',  # only what is referred to keeps its identifier
        r"font-family: [^;\"]*;? ?",  # the text is set in the page's own face
        r"(?<=\n) +|(?<=>)\n",
    )
]
IN_PAGE = {INK: "var(--ink)", PAPER: "var(--paper)", RULE: "var(--rule)", FAINT: "var(--faint)"}


def there_is_matplotlib() -> bool:
    """Whether pictures can be drawn here."""
    return find_spec("matplotlib") is not None


def check_picture(path: str, where: str = "-o") -> str:
    """The format a file's name asks for; UsageError if there is none such or matplotlib is not installed."""
    extension = os.path.splitext(path)[1].lower()
    if extension not in FORMATS:
        raise UsageError(f"a picture cannot be '{path}'", where=where, hint=f"end it in {', '.join(FORMATS)}")
    check_matplotlib(where)
    return FORMATS[extension]


def check_matplotlib(where: str) -> None:
    """UsageError with the command that installs it, if it is not there."""
    if not there_is_matplotlib():
        raise UsageError(
            "pictures need matplotlib, which is not installed", where=where, hint="pip install 'emcli[plot]'"
        )


def rendered(draw: Draw, inches: tuple[float, float], form: str, dpi: int = 150) -> bytes:
    """The drawing as a PNG, SVG or PDF."""
    return _saved(draw, inches, form, dpi, {})


def pixels(draw: Draw, inches: tuple[float, float], dpi: int) -> Any:
    """The drawing as an image in memory (a PIL image)."""
    from PIL import Image

    return Image.open(io.BytesIO(rendered(draw, inches, "png", dpi))).convert("RGB")


def inline(draw: Draw, inches: tuple[float, float], name: str, title: str) -> str:
    """The drawing as an SVG element for a page; `name` begins its identifiers, `title` is read instead of it."""
    raw = _saved(draw, inches, "svg", IN_PAGE_DPI, {"svg.fonttype": "none", "savefig.facecolor": "none"}).decode()
    text = raw[raw.index("<svg") :]
    for unwanted in UNWANTED:
        text = unwanted.sub("", text)
    text = re.sub(r'\b(id="|href="#|url\(#)', rf"\g<1>{name}-", text.replace("xlink:href", "href"))
    for stand_in, own in IN_PAGE.items():
        text = text.replace(stand_in, own)
    width, height = inches
    head = f'<svg role="img" aria-label="{escape(title)}" viewBox="0 0 {width * 72:g} {height * 72:g}">'
    return head + text[text.index(">") + 1 :].strip()


def _saved(draw: Draw, inches: tuple[float, float], form: str, dpi: int, more: dict[str, Any]) -> bytes:
    import matplotlib
    from matplotlib.figure import Figure

    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        parameters: Any = matplotlib.rcParams
        parameters.update({**SETTINGS, **more})
        figure = Figure(figsize=inches, dpi=dpi)
        draw(figure)
        page = io.BytesIO()
        figure.savefig(page, format=form, metadata=NO_DATE[form])
    return page.getvalue()


def captioned(draw: Draw, caption: str) -> Draw:
    """The drawing with a line of words below it, if there is something to say."""

    def both(figure: Figure) -> None:
        draw(figure)
        if caption:
            figure.supxlabel(caption, fontsize=7.5, color=INK)

    return both if caption else draw
