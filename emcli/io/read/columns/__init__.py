"""The columns of a table: which are meant, what they are called, what was found in them, which can be modelled.

Every task may use it, and the readers count and complain with it: errors about single cells are worded here alone.
"""
