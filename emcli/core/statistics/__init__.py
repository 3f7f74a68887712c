"""Formulas of statistics that know nothing of mixtures: moments, tail areas, agreement of groupings.

They may be used from everywhere in `core`.
"""
