"""What commands that fit have in common: options, starts, checkpoints, the choice of k, the record and its notes.

It is there for fit, select-k, impute, for readers of the record, and for emcli from Python.
"""
