"""Values that may be known: by their digest, with a reason, an owner and an end."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from gatecheck.model import day, option

DIGITS = 16
"""Hex digits of a digest that are shown and kept, and that are enough to tell values apart."""


def digest(value: bytes) -> str:
    """Return by what a value is known without being told."""
    return hashlib.sha256(value).hexdigest()[:DIGITS]


@dataclass(frozen=True)
class Allowed:
    """One value that may be known."""

    sha256: str = option(doc="The value's sha256 in hex: all of it, or the digits that the report shows.")
    reason: str = option(doc="Why it may be known.")
    owner: str = option(doc="Who answers for it.")
    expires: str = option(doc="The last day on which it holds, `YYYY-MM-DD`, in UTC.")

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[0-9a-f]{16,64}", self.sha256):
            raise ValueError(
                f"{self.sha256!r} is no sha256: write 16 to 64 hex digits, in quotes (`printf %s VALUE | sha256sum` prints them)"
            )
        for name in ("reason", "owner"):
            if not getattr(self, name).strip():
                raise ValueError(f"a secret that may be known needs a {name}: write it")
        day(self.expires)

    def is_for(self, digest: str) -> bool:
        """Tell whether this is the value with that digest."""
        return self.sha256.startswith(digest)
