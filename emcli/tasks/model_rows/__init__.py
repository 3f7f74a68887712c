"""A model and the rows of a table: columns matched, gaps judged, answers written; and what is told meanwhile.

Every command may use it; nothing here fits.
"""
