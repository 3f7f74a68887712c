"""What a mixture is: its weights, components, background, prior and what is held fixed, as values.

A model knows single rows and chunks of them, never a search.  It may be used from everywhere in the package.
"""
