"""Settings of all tests.

Properties are tried on the same examples in every run, so that a checkout passes or fails the same way for everyone;
HYPOTHESIS_PROFILE=search tries others, and more of them.
"""

from __future__ import annotations

import os

from hypothesis import settings

from emcli.process.processor import choose_kernels

choose_kernels()  # as the command does, so that what is computed here has the bits of what it computes

NO_DEADLINE = settings(deadline=None)  # the first example may have to load pyarrow

settings.register_profile("emcli", NO_DEADLINE, derandomize=True)
settings.register_profile("search", NO_DEADLINE, max_examples=1000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "emcli"))
