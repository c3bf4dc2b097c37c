"""What the gate `snapshot` is made of."""
