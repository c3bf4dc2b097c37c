"""Which changed lines ran, by the base's settings: what the coverage gate is made of."""
