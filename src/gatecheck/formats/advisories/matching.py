"""Which versions an advisory is about: the union of its list and its ranges, compared as PEP 440 compares versions.

Source: Open Source Vulnerability format 1.7, "Evaluation".
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from packaging.version import InvalidVersion, Version

Kind = Literal["introduced", "fixed", "last_affected", "limit"]
Event = tuple[Kind, str]
Range = tuple[Event, ...]
START = "0"
"""The version before all others."""
_ORDER: dict[Kind, int] = {"fixed": 0, "introduced": 1, "last_affected": 2, "limit": 3}
"""Of events at one version: what ends a range comes before what begins the next, so that in doubt a version is affected."""


@dataclass(frozen=True, slots=True)
class Advisory:
    """What is known of one vulnerability of one package."""

    id: str
    aliases: tuple[str, ...]
    summary: str
    """One line."""
    ranges: tuple[Range, ...]
    """Each sorted by version."""
    versions: tuple[str, ...]
    """Versions that no range covers."""

    def affects(self, version: str) -> bool:
        """Tell whether a version is affected; one with a local label (`1.0+cpu`) is what its public part is, too."""
        return any(self._affects(each) for each in dict.fromkeys((version, version.partition("+")[0])))

    def _affects(self, version: str) -> bool:
        wanted = parsed(version)
        if wanted is None:
            return version in self.versions
        listed = any(wanted == parsed(each) for each in self.versions)
        return listed or any(covers(events, wanted) for events in self.ranges)

    def fixes(self, version: str) -> tuple[str, ...]:
        """Return the versions after this one in which it is fixed, the lowest first."""
        now = parsed(version)
        fixed = {
            found
            for events in self.ranges
            for kind, at in events
            if kind == "fixed" and (found := parsed(at)) is not None and (now is None or found > now)
        }
        return tuple(map(str, sorted(fixed)))


@lru_cache(maxsize=65_536)
def parsed(version: str) -> Version | None:
    """Return a version as PEP 440 understands it, whatever its spelling; None for what it does not."""
    try:
        return Version(version)
    except InvalidVersion:
        return None


def covers(events: Range, version: Version) -> bool:
    """Tell whether a version lies in a range: each event at or before it opens or closes."""
    affected = False
    limits = [at for kind, at in events if kind == "limit"]
    if limits and not any(version < _at(limit) for limit in limits):
        return False
    for kind, at in events:
        if kind == "introduced" and (at == START or version >= _at(at)):
            affected = True
        elif (kind == "fixed" and version >= _at(at)) or (kind == "last_affected" and version > _at(at)):
            affected = False
    return affected


def ordered(events: list[Event]) -> tuple[Range, int]:
    """Return a range of events in any order, sorted, and how many of them say nothing that PEP 440 can compare.

    What cannot be compared is read so that more versions are affected, never fewer: a beginning becomes the beginning of all, an
    end is left out.
    """
    kept: list[Event] = []
    odd = 0
    for kind, at in events:
        if at == START or parsed(at) is not None:
            kept.append((kind, at))
            continue
        odd += 1
        if kind == "introduced":
            kept.append((kind, START))
    if kept and all(kind != "introduced" for kind, _ in kept):
        kept.append(("introduced", START))
    return tuple(sorted(kept, key=lambda event: (event[1] != START, _at(event[1]), _ORDER[event[0]]))), odd


def _at(version: str) -> Version:
    found = parsed(version)
    if found is None:  # pragma: no cover -- `ordered` lets none through; this tells the type checker
        raise ValueError(version)
    return found
