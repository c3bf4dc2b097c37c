"""Which secrets are new in what is staged: not those that are only moved, and not those that may be known."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from gatecheck_hooks.credentials.blobs import contents, lines
from gatecheck_hooks.credentials.names import named
from gatecheck_hooks.credentials.search import search
from gatecheck_hooks.credentials.staged import Staged

_ALLOWED = re.compile(rb"([0-9a-f]{16,64})[ \t]+\S")
SHOWN = 16
"""Hex digits of a digest that are shown, and that are enough to allow a value."""


class Finding(NamedTuple):
    """A secret that would be committed. Of the value its digest is kept, and its beginning."""

    path: bytes
    line: int
    """0: the file itself, by its name."""
    kind: str
    digest: str
    start: str


class Found(NamedTuple):
    """What was found, and the files that nobody looked into."""

    findings: tuple[Finding, ...]
    unread: tuple[bytes, ...]


def find(files: Sequence[Staged]) -> Found:
    """Return what the files would bring. A value that another line of them loses is moved, and not new."""
    blobs = contents(blob for file in files for blob in file.binary or ())
    found: list[Finding] = []
    gone: set[str] = set()
    unread = []
    for file in files:
        added, removed = file.added, file.removed
        if file.binary:
            old, new = file.binary
            if new.strip("0") and new not in blobs:
                unread.append(file.path)
            added, removed = lines(blobs.get(new, b"")), lines(blobs.get(old, b""))
        found += _in(file, added)
        gone.update(digest(secret.value) for secret in search(removed, file.path))
    return Found(tuple(each for each in dict.fromkeys(found) if each.digest not in gone), tuple(unread))


def _in(file: Staged, added: list[tuple[int, bytes]]) -> list[Finding]:
    """Return what one file would bring."""
    found = []
    what = named(file.path) if file.new and any(line for _, line in added) else None
    if what:
        found.append(Finding(file.path, 0, what, digest(file.path), ""))
    for line, kind, value in search(added, file.path):
        start = value[: min(4, len(value) // 4)].decode("ascii", "replace")
        found.append(Finding(file.path, line, kind, digest(value), start))
    return found


def digest(value: bytes) -> str:
    """Return how a value is known without being told."""
    return hashlib.sha256(value).hexdigest()


def in_all(sides: Sequence[Found]) -> Found:
    """Return what is new against every parent of a merge."""
    first, *others = sides
    known = [{(each.path, each.kind, each.digest) for each in other.findings} for other in others]
    findings = (f for f in first.findings if all((f.path, f.kind, f.digest) in side for side in known))
    unread = (path for path in first.unread if all(path in other.unread for other in others))
    return Found(tuple(findings), tuple(unread))


def without(found: Found, allowed: Iterable[str]) -> Found:
    """Leave out what may be known: the list has digests, or their beginnings of 16 digits or more."""
    starts = tuple(allowed)
    return found._replace(findings=tuple(f for f in found.findings if not f.digest.startswith(starts)))


def read_allowed(text: bytes) -> list[str]:
    """Return the digests of a list `digest reason`; a line without a reason allows nothing."""
    matches = (_ALLOWED.match(line) for line in text.split(b"\n"))
    return [match[1].decode() for match in matches if match]
