"""A record of a vulnerability in the OSV format, of which only what concerns PyPI is kept.

Source: Open Source Vulnerability format 1.7 (ossf.github.io/osv-schema). Where a record was YAML, all of its scalars are texts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from packaging.utils import canonicalize_name

from gatecheck.errors import ToolError
from gatecheck.formats.advisories.matching import Advisory, Event, Kind, Range, covers, ordered, parsed

MOST = 500_000
"""Events and versions of one record; what has more was made to be slow."""
_ECOSYSTEM = "PyPI"
_LONGEST = 300
"""Characters of a summary."""
_KINDS: tuple[Kind, ...] = ("introduced", "fixed", "last_affected", "limit")


@dataclass(frozen=True, slots=True)
class Record:
    """What one record says, for each package that it names."""

    id: str
    withdrawn: bool
    modified: datetime | None
    """None where its date is none."""
    packages: tuple[tuple[str, Advisory], ...]
    """Canonical names; empty when it is not about PyPI."""
    odd: int = 0
    """Events that PEP 440 cannot compare, and that were read to affect more rather than less."""
    unmatched: int = 0
    """Packages of which neither a version nor a range is given, so that no pin will ever match."""


def read_record(document: object, what: str) -> Record | None:
    """Return a record; None for a document that is none (it has no `id` or no `affected`).

    `what` names the file in errors. Raises ToolError for a record whose parts have other types than the format says.
    """
    if not isinstance(document, dict) or "id" not in document or "affected" not in document:
        return None
    return _Reader(document, what).record()


def date(value: object) -> datetime | None:
    """Return a moment (RFC 3339); None for what is none."""
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return found.replace(tzinfo=found.tzinfo or UTC).astimezone(UTC) if found else None


class _Reader:
    """Takes one record apart."""

    def __init__(self, document: dict[Any, Any], what: str) -> None:
        self._document = document
        self._what = what
        self._seen = 0
        self._odd = 0

    def record(self) -> Record:
        id_ = self._text(self._document["id"], "id")
        entries = self._list(self._document["affected"], "affected")
        packages: dict[str, list[dict[Any, Any]]] = {}
        for entry in entries:
            affected = self._table(entry, "affected")
            package = self._table(affected.get("package") or {}, "affected/package")
            if package.get("ecosystem") == _ECOSYSTEM:
                name = canonicalize_name(self._text(package.get("name"), "affected/package/name"))
                packages.setdefault(name, []).append(affected)
        found = [(name, self._advisory(id_, affected)) for name, affected in sorted(packages.items())]
        return Record(
            id=id_,
            withdrawn=bool(self._document.get("withdrawn")),
            modified=date(self._document.get("modified")),
            packages=tuple(found),
            odd=self._odd,
            unmatched=sum(not advisory.ranges and not advisory.versions for _, advisory in found),
        )

    def _advisory(self, id_: str, entries: list[dict[Any, Any]]) -> Advisory:
        ranges = tuple(events for entry in entries for events in self._ranges(entry))
        versions = [version for entry in entries for version in self._versions(entry)]
        aliases = self._list(self._document.get("aliases") or [], "aliases")
        return Advisory(
            id=id_,
            aliases=tuple(self._text(alias, "aliases") for alias in aliases),
            summary=self._summary(),
            ranges=ranges,
            versions=tuple(version for version in dict.fromkeys(versions) if not _covered(version, ranges)),
        )

    def _ranges(self, entry: dict[Any, Any]) -> Iterator[Range]:
        for each in self._list(entry.get("ranges") or [], "affected/ranges"):
            described = self._table(each, "affected/ranges")
            if described.get("type") == "GIT":
                continue
            written = self._list(described.get("events") or [], "affected/ranges/events")
            events, odd = ordered([event for one in written for event in self._events(one)])
            self._odd += odd
            if events:
                yield events

    def _events(self, one: object) -> Iterator[Event]:
        told = self._table(one, "affected/ranges/events")
        for kind in _KINDS:
            at = told.get(kind)
            if at is not None and (kind, at) != ("limit", "*"):
                yield kind, self._text(at, f"affected/ranges/events/{kind}")

    def _versions(self, entry: dict[Any, Any]) -> Iterator[str]:
        for version in self._list(entry.get("versions") or [], "affected/versions"):
            yield self._text(version, "affected/versions")

    def _summary(self) -> str:
        said = self._document.get("summary") or self._document.get("details") or ""
        line = " ".join(self._text(said, "summary").split())
        return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}\N{HORIZONTAL ELLIPSIS}"

    def _text(self, value: object, where: str) -> str:
        if not isinstance(value, str):
            raise self._wrong(value, where, "a text")
        return value

    def _table(self, value: object, where: str) -> dict[Any, Any]:
        if not isinstance(value, dict):
            raise self._wrong(value, where, "an object")
        return value

    def _list(self, value: object, where: str) -> list[Any]:
        if not isinstance(value, list):
            raise self._wrong(value, where, "an array")
        self._seen += len(value)
        if self._seen > MOST:
            raise ToolError(
                f"{self._what} lists more than {MOST:,} things",
                fix="Leave that record out, and import again.",
            )
        return value

    def _wrong(self, value: object, where: str, wanted: str) -> ToolError:
        return ToolError(
            f"{self._what} has {type(value).__name__} at {where}, where {wanted} belongs",
            fix="See where the file comes from: it is no record in the OSV format.",
        )


def _covered(version: str, ranges: tuple[Range, ...]) -> bool:
    found = parsed(version)
    return found is not None and any(covers(events, found) for events in ranges)
