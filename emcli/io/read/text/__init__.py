"""Tables that are text: where cells and records end, and which number the text of a cell means.

`tables` opens them; only `columns` asks besides, for what a cell means.
"""
