"""From rows to the best mixture: climbs, starts, moves, the search, and the fit as a whole.

Outside of `core`, `fitting.fit_blocks` and the values that go in and come out (`options`, `fitted`) are what is used.
"""
