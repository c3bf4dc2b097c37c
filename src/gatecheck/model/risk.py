"""How risky a change is, from its paths and its size alone: a pure function, so that everybody who asks gets the same answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from gatecheck.model.change import Change, Globs


class Risk(StrEnum):
    """How much care a change needs."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"

    @property
    def rank(self) -> int:
        """0 for the lowest."""
        return list(Risk).index(self)


@dataclass(frozen=True, slots=True)
class Scale:
    """What makes a change more than a low risk. A size of 0 counts for nothing."""

    medium: Globs
    high: Globs
    medium_lines: int = 0
    high_lines: int = 0
    medium_files: int = 0
    high_files: int = 0


@dataclass(frozen=True, slots=True)
class Assessment:
    """A risk, and what speaks for it."""

    risk: Risk
    reasons: tuple[str, ...]
    """For people, the weightiest first; of the risk that was found, and no lower one."""


def assess(change: Change, scale: Scale) -> Assessment:
    """Return the risk of a change as the highest that any path or size gives; low where nothing speaks for more."""
    found = list(_signs(change, scale))
    risk = max((sign for sign, _ in found), key=lambda sign: sign.rank, default=Risk.LOW)
    return Assessment(risk, tuple(reason for sign, reason in found if sign is risk))


def size(change: Change) -> tuple[int, int]:
    """Return how many lines a change adds or edits, and in how many files; a deleted file counts as a file."""
    lines = sum(part.last - part.first + 1 for path in change.paths for part in path.lines)
    return lines, len(change.paths)


def _signs(change: Change, scale: Scale) -> Iterator[tuple[Risk, str]]:
    lines, files = size(change)
    for risk, globs, most_lines, most_files in (
        (Risk.HIGH, scale.high, scale.high_lines, scale.high_files),
        (Risk.MEDIUM, scale.medium, scale.medium_lines, scale.medium_files),
    ):
        touched = [path.path for path in change.within(globs).paths]
        if touched:
            more = f" and {len(touched) - 1} more" if touched[1:] else ""
            yield risk, f"it touches {touched[0]}{more}"
        if most_lines and lines >= most_lines:
            yield risk, f"it adds or edits {lines:,} lines"
        if most_files and files >= most_files:
            yield risk, f"it touches {files:,} files"
