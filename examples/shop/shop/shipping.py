"""What it costs to send a basket."""

FREE_FROM = 5000


def fee(total: int) -> int:
    """Return the fee in cents; larger orders travel free."""
    return 0 if total >= FREE_FROM else 490
