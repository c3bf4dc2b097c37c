"""What is known of one move of a protected branch that happened."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal["proven", "overridden", "unproven", "lawless"]
"""`lawless`: its base had no policy with keys for evidence, so nothing could have proved it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One move of the branch, in what can be kept as text."""

    commit: str
    state: State
    base: str
    """From where the branch came: where the walk goes on. Empty at the end of history."""
    way: str = ""
    signer: str = ""
    """Whose key signed the evidence."""
    approvers: tuple[str, ...] = ()
    """Who approved, or overrode."""
    reason: str = ""
    """Why it is not proven, or why it was overridden."""
    waived: tuple[str, ...] = ()
    """Which waivers of the policy let something through."""
