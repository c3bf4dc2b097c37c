"""The `.git` of a slot that gates see: no hooks, no remotes, no configuration of anybody's, and borrowed objects."""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection
from pathlib import Path

from gatecheck.repo import Repository
from gatecheck.room.blobs import remove

_SHA256 = 64
Identity = tuple[str, str, bytes]
"""Commit, branch, and where history is cut off: what a `.git` is written from beside the index."""


IDENTITY = "[user]\n\tname = gatecheck\n\temail = gatecheck@localhost\n"
"""The configuration in each program's HOME: tests that commit must not need that of whoever runs them."""


def write(
    tree: Path, repository: Repository, identity: Identity, index: Path, filled: Collection[bytes]
) -> None:
    """Write the `.git` of a folder anew, with HEAD on a branch at a commit.

    `filled` are files that hold their Git LFS content: git, which has no filter here, must not take them for changed.
    """
    commit, branch, _ = identity
    fresh = tree / ".git"
    remove(fresh)
    for folder in ("objects/info", "objects/pack", "refs/heads", "refs/tags", "info"):
        (fresh / folder).mkdir(parents=True)
    borrowed = os.fsencode(repository.private / "objects")
    (fresh / "objects" / "info" / "alternates").write_bytes(borrowed + b"\n")
    ref = os.fsencode(f"refs/heads/{branch}\n")
    (fresh / "HEAD").write_bytes(b"ref: " + ref)
    (fresh / "packed-refs").write_bytes(commit.encode() + b" " + ref)
    long = "\trepositoryformatversion = 1\n[extensions]\n\tobjectFormat = sha256\n"
    short = "\trepositoryformatversion = 0\n"
    form = long if len(commit) == _SHA256 else short
    (fresh / "config").write_text(f"[core]\n\tbare = false\n\tfilemode = true\n{form}")
    shallow = repository.private / "shallow"
    if shallow.exists():
        shutil.copyfile(shallow, fresh / "shallow")
    shutil.copyfile(index, fresh / "index")
    if filled:
        paths = b"".join(path + b"\0" for path in filled)
        words = (f"--work-tree={tree}", "update-index", "--assume-unchanged", "-z", "--stdin")
        repository.git(*words, stdin=paths, index=fresh / "index")


def identity(repository: Repository, commit: str, branch: str) -> Identity:
    """Return what `write` depends on beside the index."""
    shallow = repository.private / "shallow"
    return commit, branch, shallow.read_bytes() if shallow.exists() else b""
