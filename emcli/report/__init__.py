"""plot and report: from a model, and perhaps a table, to one picture, to frames, or to a page.

The command line calls `plot` and `page_task`.  Tasks do not know them; they may use `pictures`, a part of its own.
"""
