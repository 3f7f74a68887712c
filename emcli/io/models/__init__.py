"""Model files, settings files and checkpoints: YAML and JSON, written for people, and checked when they are read.

A model crosses as a plain dictionary.  Tasks use `model_file`, `model_steps`, `settings_file` and `checkpoint`.
"""
