"""Reading what any command says of itself: what the command gate is made of."""
