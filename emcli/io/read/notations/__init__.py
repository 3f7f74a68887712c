"""How cells are written: marks for missing ones, notations of whole columns, and what a block makes of them.

The readers of text ask here; nobody else needs to.
"""
