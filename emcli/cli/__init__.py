"""The command line: words in, settings out, a task, and what it found shown to a person."""
