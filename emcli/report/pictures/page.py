"""The page of a report: values in, one HTML text out that needs nothing else.

Written by Jinja2, which is an extra and is loaded when a page is asked for, from the templates beside this module.
Everything that comes from data is escaped by the template; what is already markup (our own SVG) says so.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

from emcli.errors import UsageError
from emcli.report.pictures import strips
from emcli.report.pictures.labels import cell, count, near, number, percent, plain


def check_jinja() -> None:
    """UsageError with the command that installs it, if it is not there."""
    if find_spec("jinja2") is None:
        raise UsageError("a report needs Jinja2, which is not installed", hint="pip install 'emcli[report]'")


def written(page: Any) -> str:
    """The page as HTML."""
    import jinja2
    from markupsafe import Markup

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("emcli.report.pictures", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(number=number, near=near, cell=cell, count=count, percent=percent, plain=plain)
    drawn = {name: _marked(Markup, getattr(strips, name)) for name in ("swatch", "bar", "component_bar", "place")}
    return environment.get_template("report.html").render(page=page, svg=Markup, **drawn)


def _marked(markup: Any, draw: Any) -> Any:
    """The function with its answer marked as markup."""

    def marked(*values: Any) -> Any:
        return markup(draw(*values))

    return marked
