"""Number columns: normal and t distributions under every covariance model.

A family says how the density falls off with distance (`tails`), a covariance model what the components share.
"""
