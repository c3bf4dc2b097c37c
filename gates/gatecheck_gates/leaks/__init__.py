"""What the gate `secrets` is made of."""
