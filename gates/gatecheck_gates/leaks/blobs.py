"""What is in each blob, looked for once and kept by the blob's id; of a secret nothing is kept from which it could be had."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from functools import cached_property
from typing import Any

from gatecheck.model import Workspace
from gatecheck_gates.leaks import content, library
from gatecheck_gates.leaks.allowed import digest
from gatecheck_gates.leaks.scan import Hit, look

_QUESTION = "what is in blobs (2)"
_KEPT = 10_000
"""Blobs of which it is kept what is in them."""


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret, as it may be told."""

    line: int
    kind: str
    digest: str
    shown: str
    false: bool

    def __str__(self) -> str:
        start = f"{self.shown}..., " if self.shown else ""
        return f"{_article(self.kind)} {self.kind} ({start}sha256 {self.digest})"


@dataclass(frozen=True, slots=True)
class Seen:
    """What is in a blob."""

    secrets: tuple[Secret, ...] = ()
    hidden: str = ""
    """What of it was not looked into, for people."""
    looked: bool = True

    @property
    def digests(self) -> frozenset[str]:
        """Those of its secrets."""
        return frozenset(secret.digest for secret in self.secrets)


class Blobs:
    """The blobs of one run. State: what was seen in them, in this run or before.

    All of it is kept in one answer of the store, which grows: one for each blob would cost more to write down than most
    blobs cost to look into. Two runs at once may lose what one of them has seen, and then it is looked into again.
    """

    def __init__(self, workspace: Workspace, largest: int) -> None:
        self._history = workspace.history
        self._workspace = workspace
        self._largest = largest
        kept = workspace.recall(_QUESTION, side=None)
        self._known: dict[str, Any] = json.loads(kept.payload) if kept else {}
        self._seen: dict[str, Seen] = {}

    def seen(self, blob: str, path: str) -> Seen:
        """Return what is in a blob. Raises CannotTell when it is not there."""
        name = path.rpartition("/")[2]  # by which it is told what sort of file it is
        key = f"{blob} {name}"
        if key not in self._seen:
            known = self._known.pop(key, None)
            self._seen[key] = _load(known) if known else self._look(blob, name)
        return self._seen[key]

    def values(self, blob: str, path: str) -> Iterator[Hit]:
        """Yield the secrets of a blob with their values."""
        return self.look(content.read(self._history.blob(blob), path), path)

    def look(self, read: content.Content, path: str) -> Iterator[Hit]:
        """Yield the secrets of any text."""
        return look(read, path, self._detectors)

    @cached_property
    def _detectors(self) -> tuple[library.Detector, ...]:
        return library.known(self._workspace)

    def keep(self) -> None:
        """Keep what was seen for the next run; what was not needed for longest is forgotten first."""
        seen = {key: _dump(seen) for key, seen in self._seen.items() if seen.looked}
        every = {**self._known, **seen}
        latest = dict(list(every.items())[-_KEPT:])
        self._workspace.remember(_QUESTION, json.dumps(latest).encode(), {}, side=None)

    def _look(self, blob: str, name: str) -> Seen:
        size = self._history.size(blob)
        if size > self._largest:
            return Seen(hidden=f"it has {size:,} bytes, and `largest` is {self._largest:,}", looked=False)
        read = content.read(self._history.blob(blob), name)
        return Seen(tuple(map(tell, self.look(read, name))), read.hidden)


def _dump(seen: Seen) -> list[object]:
    return [seen.hidden, *(list(astuple(secret)) for secret in seen.secrets)]


def _load(kept: list[Any]) -> Seen:
    hidden, *secrets = kept
    return Seen(tuple(Secret(*each) for each in secrets), hidden)


def tell(hit: Hit) -> Secret:
    """Return what may be told of a secret."""
    return Secret(hit.line, hit.kind, digest(hit.value), hit.shown, hit.false)


def _article(kind: str) -> str:
    return "an" if kind[0] in "AEIOaeio" else "a"
