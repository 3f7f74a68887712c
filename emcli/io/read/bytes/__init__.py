"""The bytes of an input: which files it is, here or at a URL, unpacked and as UTF-8.

They know nothing of tables; every reader of tables, models and settings may use them.
"""
