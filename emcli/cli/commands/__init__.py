"""One file per command, imported when the command runs: settings in, a task, what it found on the screen.

`words.parsing` finds them by their names; they use `screen` and nobody uses them.
"""
