"""What the security gate is made of: the files to scan, bandit and its settings, and what is new."""
