"""How much asking a forge may cost."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Of all that is asked about one pull request."""

    seconds: float = 60.0
    """For everything together."""
    largest: int = 16 << 20
    """Bytes of one answer."""
    pages: int = 30
    """Of one list, with a hundred entries each."""
    pause: float = 1.0
    """Seconds before the one second try, when the forge broke or hung up."""
