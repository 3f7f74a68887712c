"""The numbers of a table kept for the passes to come: in memory, in a file, in a folder of the user's.

`numeric_table` fills it; tasks may ask it for rows, and how much memory there is.
"""
