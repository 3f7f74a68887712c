"""How many components, and of what shape: every candidate scored on the same rows, and a rule that picks one."""
