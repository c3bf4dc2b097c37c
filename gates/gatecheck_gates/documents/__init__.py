"""The parts of the docs gate: what code offers to its users, and which pages tell of it."""
