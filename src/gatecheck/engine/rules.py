"""What holds for all gates of a run together: what the policy says of them, and where the change comes from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gatecheck.model import Globs, Origin, Waiver


@dataclass(frozen=True, slots=True)
class Rules:
    """What every gate is asked under."""

    exempt: Globs
    waivers: tuple[Waiver, ...]
    """Only those that hold at the time of the run."""
    origin: Origin
    protects: Callable[[str], bool]
    """Tells whether a branch is protected, by the policy of the default branch."""
    now: float = 0.0
    """When the run began, in seconds since 1970: its only look at the clock."""
