"""From an export (a record, a list of them, a zip or a folder, in JSON or YAML) to one compacted file."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from gatecheck.advisories.documents import documents
from gatecheck.formats.advisories import Record, compacted, read_record

_NAMED = 5
"""Files of one kind that are named to the reader."""


@dataclass(frozen=True, slots=True)
class Imported:
    """The compacted file, and what a reader should know of how it came about."""

    content: bytes
    notes: tuple[str, ...]


def bring_in(source: Path, now: datetime) -> Imported:
    """Compact all records of a file or folder.

    Raises UsageError when it cannot be read, ToolError when a file in it is damaged or no record is about a package of PyPI.
    """
    tally = _Tally()
    content = compacted(tally.records(source), source.name or str(source), now)
    return Imported(content, tuple(tally.notes()))


class _Tally:
    """Counts what was left out and what was read with a grain of salt."""

    def __init__(self) -> None:
        self._other: list[str] = []
        self._elsewhere = 0
        self._odd = 0
        self._unmatched: list[str] = []

    def records(self, source: Path) -> Iterator[Record]:
        for name, document in documents(source):
            for one in _records_in(document):
                record = read_record(one, name)
                if record is None:
                    self._other.append(name)
                    continue
                self._odd += record.odd
                self._elsewhere += not record.packages
                if record.unmatched and not record.withdrawn:
                    self._unmatched.append(record.id)
                yield record

    def notes(self) -> Iterator[str]:
        if self._elsewhere:
            yield f"{self._elsewhere:,} records are not about packages of PyPI"
        if self._other:
            yield f"{len(self._other):,} documents hold no advisory: {_some(self._other)}"
        if self._unmatched:
            yield f"{len(self._unmatched):,} advisories name neither versions nor ranges, and match nothing: {_some(self._unmatched)}"
        if self._odd:
            yield f"{self._odd:,} versions in ranges cannot be compared (PEP 440): there, more versions count as affected"


def _records_in(document: object) -> Iterator[object]:
    """Yield the records of a document: itself, or those of a list, or of an answer of the OSV interface."""
    if isinstance(document, dict) and isinstance(document.get("vulns"), list):
        document = document["vulns"]
    yield from document if isinstance(document, list) else [document]


def _some(names: list[str]) -> str:
    shown = ", ".join(itertools.islice(names, _NAMED))
    return f"{shown}, ..." if len(names) > _NAMED else shown
