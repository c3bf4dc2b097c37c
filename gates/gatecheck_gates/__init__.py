"""The built-in gates: one question per file."""
