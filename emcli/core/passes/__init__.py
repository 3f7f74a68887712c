"""One pass over the rows: log densities and moments, in the form that is exact enough and fastest.

Only the rest of `core` looks in here.
"""

import emcli.core.families  # noqa: F401  whichever is imported first: families must begin, they need passes whole
