"""What a person can say: the tables of commands and options, words to settings, help.

The program calls `parsing`, which imports a command only to run it; but for completion, alone with typer.
"""
