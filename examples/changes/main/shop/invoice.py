"""What is printed and put into the parcel."""

from shop import pricing


def line(name: str, net: int) -> str:
    """Return one line of an invoice."""
    return f"{name}: {pricing.gross(net) / 100:.2f}"
