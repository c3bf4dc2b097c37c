"""How a reader wants to see a report; what it says does not depend on it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Style:
    """Choices of the door: from flags, the terminal and the environment."""

    color: bool = False
    verbose: bool = False
    """Also what was there before, all measurements, and every gate's log."""
    width: int = 100
    """Columns to which sentences are wrapped; commands and paths are never broken."""
