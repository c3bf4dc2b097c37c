"""Gift cards."""

from shop import pricing


def redeem(total: int, card: int) -> tuple[int, int]:
    """Return what is left to pay, and what is left on the card."""
    if card < 0:
        raise ValueError("a card cannot owe money")
    if card >= total:
        return 0, card - total
    return total - card, 0


def price(value: int) -> int:
    """Return what a card of this value is sold for."""
    if value >= 10000:
        return pricing.discount(value, 5)
    return value
