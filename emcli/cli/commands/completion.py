"""emcli completion: the script that a shell reads to complete commands, options and their words."""

from __future__ import annotations

from emcli.cli.screen.screen import ScreenSettings
from emcli.cli.words.parsing import COMPLETE_VARIABLE
from emcli.tasks.model_rows.products import write_text
from emcli.tasks.settings import CompletionSettings


def run(settings: CompletionSettings, screen: ScreenSettings) -> int:
    """Print the script."""
    from typer._completion_shared import get_completion_script

    script = get_completion_script(prog_name="emcli", complete_var=COMPLETE_VARIABLE, shell=settings.shell)
    write_text(script + "\n", settings.output)
    return 0
