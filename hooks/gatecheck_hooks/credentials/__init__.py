"""Where a secret is staged, and which ones may be known."""
