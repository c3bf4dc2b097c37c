"""A small shop: prices, a basket and shipping."""
