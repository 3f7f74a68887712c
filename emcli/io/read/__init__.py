"""Tables in: from the bytes of a file to blocks of numbers, each package one stage of the way.

Tasks use `tables`, `columns` and `store`; `text` and mostly `bytes` are their means.  Nothing here knows of models.
"""
