"""One file that holds all advisories: four lines of what it is, then one line for each package.

    gatecheck-advisories 1
    61bf3fd4...                                sha256, in hex, of all that follows this line
    {"newest": "2026-01-01T...", ...}          about the file
    {"django": [0, 52341], ...}                where each package's line stands, from the end of this line on
    [["PYSEC-2021-98", [...], "...", [...], [...]], ...]

Only the line of a package that is asked about is parsed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, NamedTuple

from packaging.utils import canonicalize_name

from gatecheck.errors import ToolError
from gatecheck.formats.advisories.matching import START, Advisory, parsed
from gatecheck.formats.advisories.osv import Record

SUPPLY = "advisories"
"""The name of the file among what was brought in."""
COMMAND = "gatecheck advisories import FILE"
_MAGIC = b"gatecheck-advisories 1"


class Canary(NamedTuple):
    """A pin for which there must be an advisory: when none comes back, nothing was looked up."""

    name: str
    version: str
    id: str


@dataclass(frozen=True, slots=True)
class About:
    """What is known of the whole."""

    newest: str
    """When the newest of the records was last modified (RFC 3339, UTC)."""
    advisories: int
    packages: int
    withdrawn: int
    """Records that were taken back, and are left out."""
    origin: str
    """For people: what was imported."""
    canary: Canary
    digest: str = ""
    """sha256, in hex, of what the file holds; known once it was read."""

    @property
    def moment(self) -> float:
        """The date of the newest record, in seconds since 1970."""
        return datetime.fromisoformat(self.newest).timestamp()


class Advisories:
    """A compacted file that was checked; answers which advisories there are for a pin."""

    def __init__(self, about: About, index: dict[str, list[int]], body: bytes) -> None:
        self.about = about
        self._index = index
        self._body = body
        self._known: dict[str, tuple[Advisory, ...]] = {}

    def affecting(self, name: str, version: str) -> tuple[Advisory, ...]:
        """Return the advisories about a version of a package."""
        package = canonicalize_name(name)
        if package not in self._known:
            self._known[package] = tuple(self._package(package))
        return tuple(advisory for advisory in self._known[package] if advisory.affects(version))

    def _package(self, name: str) -> Iterator[Advisory]:
        start, end = self._index.get(name, (0, 0))
        for id_, aliases, summary, ranges, versions in json.loads(self._body[start:end] or "[]"):
            events = tuple(tuple((kind, at) for kind, at in each) for each in ranges)
            yield Advisory(id_, tuple(aliases), summary, events, tuple(versions))


def compacted(records: Iterable[Record], origin: str, now: datetime) -> bytes:
    """Return the file's content. Raises ToolError when no pin could ever match, so that nothing would be looked up.

    `now` bounds the date of the newest record: one from the future would never be too old.
    """
    packages: dict[str, dict[str, Advisory]] = {}
    dates: list[datetime] = []
    ids: set[str] = set()
    withdrawn = 0
    for record in records:
        if record.modified is not None and record.modified <= now:
            dates.append(record.modified)
        if record.withdrawn:
            withdrawn += 1
            continue
        for name, advisory in record.packages:
            packages.setdefault(name, {})[advisory.id] = advisory
            ids.add(advisory.id)
    canary = _canary(packages)
    if canary is None or not dates:
        raise ToolError(
            f"{origin} holds no advisory about a package of PyPI that a pinned version could match",
            fix="Import an OSV export for PyPI, or a clone of the PyPA advisory database (its folder vulns).",
        )
    about = About(max(dates).isoformat(), len(ids), len(packages), withdrawn, origin, canary)
    return _written(about, packages)


def read_advisories(data: bytes) -> Advisories:
    """Return what a compacted file holds. Raises ToolError when it is torn, changed, or of another version of gatecheck."""
    magic, _, rest = data.partition(b"\n")
    told, _, content = rest.partition(b"\n")
    digest = hashlib.sha256(content).hexdigest()
    if magic == _MAGIC and told == digest.encode():
        head, _, rest = content.partition(b"\n")
        listed, _, body = rest.partition(b"\n")
        about: dict[str, Any] = json.loads(head)
        canary = Canary(*about.pop("canary"))
        return Advisories(About(**about, canary=canary, digest=digest), json.loads(listed), body)
    raise ToolError(
        "the file of advisories is torn, was changed, or is of another version of gatecheck",
        fix=f"Import it again: {COMMAND}",
    )


def _written(about: About, packages: dict[str, dict[str, Advisory]]) -> bytes:
    lines: list[bytes] = []
    index: dict[str, tuple[int, int]] = {}
    at = 0
    for name, found in sorted(packages.items()):
        told = [[a.id, a.aliases, a.summary, a.ranges, a.versions] for _, a in sorted(found.items())]
        line = json.dumps(told, separators=(",", ":")).encode() + b"\n"
        index[name] = (at, at + len(line))
        at += len(line)
        lines.append(line)
    head = {name: value for name, value in asdict(about).items() if name != "digest"}
    first = [json.dumps(each, separators=(",", ":")).encode() for each in (head, index)]
    content = b"\n".join([*first, b"".join(lines)])
    return b"\n".join([_MAGIC, hashlib.sha256(content).hexdigest().encode(), content])


def _canary(packages: dict[str, dict[str, Advisory]]) -> Canary | None:
    """Return the first pin that has an advisory: a version that a list or an event names."""
    for name, found in sorted(packages.items()):
        for advisory in found.values():
            named = [at for events in advisory.ranges for _, at in events]
            for version in (*advisory.versions, *sorted(named, key=START.__eq__)):
                if parsed(version) is not None and advisory.affects(str(parsed(version))):
                    return Canary(name, str(parsed(version)), advisory.id)
    return None
