"""What is a secret, where one is staged, and which ones may be known."""
