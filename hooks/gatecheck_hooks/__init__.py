"""One git boundary per file."""
