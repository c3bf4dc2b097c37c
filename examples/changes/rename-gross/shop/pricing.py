"""What things cost, in cents."""

VAT = 19


def with_tax(net: int) -> int:
    """Return the price with tax, rounded to the cent."""
    return (net * (100 + VAT) + 50) // 100


def discount(price: int, percent: int) -> int:
    """Return the price less so many per cent."""
    if not 0 <= percent <= 100:
        raise ValueError(f"{percent} is no percentage")
    return price - price * percent // 100
