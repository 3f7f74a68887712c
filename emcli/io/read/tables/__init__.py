"""Tables as streams of blocks of rows, whatever the files are: text, Parquet, several files, a part of one.

This is the door for tasks: `table_source` opens, `numeric_table` reads the modelled columns.
"""
