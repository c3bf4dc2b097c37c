"""Where secrets came in: commit by commit, each content once, and a value only where no parent of the commit has it."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field

from gatecheck.model import Added, ChangedPath, Workspace
from gatecheck_gates.leaks.allowed import digest
from gatecheck_gates.leaks.blobs import Blobs, Secret, tell
from gatecheck_gates.leaks.content import Content, read


@dataclass(frozen=True, slots=True)
class Place:
    """Where a secret stands."""

    commit: str
    """Empty: in the merge result alone."""
    path: str
    """Empty: in the commit's message."""
    blob: str
    secret: Secret


@dataclass(slots=True)
class Trail:
    """What the branch brings, by the digests of values; places in the order of the commits."""

    files: dict[str, list[Place]] = field(default_factory=dict)
    messages: dict[str, list[Place]] = field(default_factory=dict)
    result: dict[str, list[Place]] = field(default_factory=dict)
    """What the changed files of the merge result have, whoever brought it."""
    old: set[str] = field(default_factory=set)
    """What the base has at the same path."""
    values: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    """Kind and value of what stands in messages; of files they are read again where they are needed."""
    hidden: dict[str, str] = field(default_factory=dict)
    """Paths that were not, or not wholly, looked into, and why."""


def follow(workspace: Workspace, commits: tuple[str, ...], added: tuple[Added, ...], blobs: Blobs) -> Trail:
    """Look into everything that the commits bring, and into the merge result."""
    trail = Trail()
    for file in added:
        _follow_file(trail, file, blobs)
    for commit in commits:
        _follow_message(trail, commit, workspace.history.commit(commit).message, blobs)
    for path in workspace.change.paths:
        _follow_result(trail, path, workspace, blobs)
    return trail


def _follow_file(trail: Trail, file: Added, blobs: Blobs) -> None:
    seen = blobs.seen(file.blob, file.path)
    if seen.hidden:
        trail.hidden.setdefault(file.path, seen.hidden)
    if seen.secrets:
        before = {each for blob in file.before if blob for each in blobs.seen(blob, file.path).digests}
        for secret in seen.secrets:
            if secret.digest not in before:
                place = Place(file.commit, file.path, file.blob, secret)
                trail.files.setdefault(secret.digest, []).append(place)


def _follow_message(trail: Trail, commit: str, message: str, blobs: Blobs) -> None:
    for hit in blobs.look(Content(os.fsencode(message), "text", generated=False), ""):
        secret = tell(hit)
        trail.messages.setdefault(secret.digest, []).append(Place(commit, "", "", secret))
        trail.values[secret.digest] = hit.kind, hit.value


def _follow_result(trail: Trail, path: ChangedPath, workspace: Workspace, blobs: Blobs) -> None:
    if not path.blob or stat.S_IFMT(path.mode) not in {stat.S_IFREG, stat.S_IFLNK}:
        return
    seen = blobs.seen(path.blob, path.path)
    if seen.hidden:
        trail.hidden.setdefault(path.path, seen.hidden)
    for secret in seen.secrets:
        trail.result.setdefault(secret.digest, []).append(Place("", path.path, path.blob, secret))
    if seen.digests - trail.files.keys():
        before = path.old_path or path.path
        data = workspace.read(before, side="base")
        trail.old.update(digest(hit.value) for hit in blobs.look(read(data or b"", before), before))
