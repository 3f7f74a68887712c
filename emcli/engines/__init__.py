"""Ways to spread the work of a pass over the data."""
