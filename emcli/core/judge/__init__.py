"""Whether a model can be determined by its rows, and what speaks against an optimum; all thresholds about a fit.

The search asks before it prefers an optimum; tasks read the thresholds here.
"""
