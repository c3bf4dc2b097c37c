"""What the doctor says of one thing: whether it is on, and what mends it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """How one thing is."""

    ON = "on"
    OFF = "off"
    """The policy requires it, and it is not on."""
    UNKNOWN = "unknown"
    """It is required, and could not be tried."""
    NOTE = "note"
    """Nothing is required; somebody should know."""


@dataclass(frozen=True, slots=True)
class Symptom:
    """One thing that was looked at."""

    name: str
    """In one or two words: `pre-commit`, `remote`."""
    status: Status
    says: str
    fix: str = ""
    """What to do where it is not on."""


def exit_code(symptoms: Iterable[Symptom]) -> int:
    """Return 0 only where everything that is required is on; 1 where something is off, 4 where something could not be told."""
    seen = {symptom.status for symptom in symptoms}
    return 1 if Status.OFF in seen else 4 if Status.UNKNOWN in seen or not seen else 0
