"""The mathematics: arrays in, arrays out; no files, no screen, no processes."""
