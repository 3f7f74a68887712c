"""What a person sees: messages, tables, bars, charts, the live display; alone with rich.

Values of tasks in, characters out; commands use it, and `words` and the program for what they have to say.
"""
