"""Rows and cells out: new tables, and records that pass through byte for byte with cells put in or added.

Tasks use `row_sink` and `completed_cells`; the others are their means.
"""
