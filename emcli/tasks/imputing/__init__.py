"""What impute is made of: the scale of a completion, draws, completed tables, the check, pooled answers.

Only impute and its page on the screen look in here; the mathematics are in `emcli.core.complete`.
"""
