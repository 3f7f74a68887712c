"""One pass over the rows: log densities and moments, in the form that is exact enough and fastest.

Only the rest of `core` looks in here.
"""
