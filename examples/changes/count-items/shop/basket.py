"""What a customer wants to buy."""

from shop import pricing


class Basket:
    def __init__(self) -> None:
        self.lines: list[tuple[str, int]] = []

    def add(self, name: str, net: int) -> None:
        self.lines.append((name, net))

    def total(self) -> int:
        """Return what the customer pays, with tax."""
        return sum(pricing.gross(net) for _, net in self.lines)

    def count(self) -> int:
        """Return how many things are in the basket."""
        return len(self.lines)
