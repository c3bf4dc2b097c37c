"""Which secrets are new in what is staged: not those that are only moved, and not those that may be known."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from gatecheck_hooks.credentials.blobs import contents, lines
from gatecheck_hooks.credentials.names import named
from gatecheck_hooks.credentials.search import Line, search
from gatecheck_hooks.credentials.staged import Staged

_ALLOWED = rb"([0-9a-f]{16,64})[ \t]+\S"
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
    gone: set[bytes] = set()
    names = {named(file.path) for file in files if file.state == "deleted"}
    unread = []
    for file in files:
        removed = file.removed
        if file.binary:
            old, new = file.binary
            removed = lines(blobs.get(old, b""))
            if new.strip("0") and new not in blobs:
                unread.append(file.path)
        gone.update(secret.value for secret in search(removed, file.path))
    for file in files:
        added = lines(blobs.get(file.binary[1], b"")) if file.binary else file.added
        what = named(file.path) if file.state == "new" and any(line for _, line in added) else None
        if what and what not in names:
            found.append(Finding(file.path, 0, what, digest(file.path), ""))
        found += _in(file, added, gone)
    return Found(tuple(dict.fromkeys(found)), tuple(unread))


def _in(file: Staged, added: Sequence[Line], gone: set[bytes]) -> Iterator[Finding]:
    """Yield what is new in the lines of one file."""
    for line, kind, value in search(added, file.path):
        if value not in gone:
            start = value[: min(4, len(value) // 4)].decode("ascii", "replace")
            yield Finding(file.path, line, kind, digest(value), start)


def digest(value: bytes) -> str:
    """Return how a value is known without being told."""
    import hashlib  # OpenSSL is not loaded where there is nothing to be told

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
    matches = (re.match(_ALLOWED, line) for line in text.split(b"\n"))
    return [match[1].decode() for match in matches if match]
