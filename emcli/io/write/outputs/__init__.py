"""Files that appear whole or not at all: what a path is, what replaces it at the end, folders, compression.

Whatever writes a file opens it with `output` or `part_outputs`; the others are their means.
"""
