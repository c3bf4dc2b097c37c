"""Removal in two steps: out of the way under a name that nothing looks for, and then for good."""

from __future__ import annotations

import fcntl
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gatecheck.room import erase
from gatecheck.upkeep.claim import IN_USE, alone

STAMP = "upkeep"
"""The file beside the repositories' folders whose lock is held by the one who removes, and whose time says when one looked."""
_GONE = ".gone-"
_SCRATCH = "gatecheck-"
_DIGITS = 16
"""Of a digest, in the name of a repository's folder (`gatecheck.place`)."""
_SIGNS = (IN_USE, "lock", "git", "recall")


@contextmanager
def turn(root: Path, *, wait: bool) -> Iterator[bool]:
    """Give True while nobody else removes anything below the cache's root; False when somebody does and we do not wait."""
    root.mkdir(parents=True, exist_ok=True)
    with (root / STAMP).open("a") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


def repositories(root: Path) -> list[Path]:
    """Return the folders that repositories have in the cache. What else there is beside them is not ours, and never removed."""
    names = sorted(root.glob("[0-9a-f]" * _DIGITS))
    return [path for path in names if path.is_dir() and any((path / sign).exists() for sign in _SIGNS)]


def discard(cache: Path) -> bool:
    """Remove a repository's folder and what a killed run left in the temporary folder; False when a run is using it.

    To be called in one's `turn`. One that is gone already is removed. Raises OSError.
    """
    if not cache.is_dir():
        return True
    with alone(cache) as ours:
        if not ours:
            return False
        scratch = cache / "scratch"
        if scratch.is_symlink() and _is_scratch(scratch.readlink()):
            erase(scratch.readlink())
        put_away(cache, cache.parent)
    sweep(cache.parent)
    return True


def put_away(path: Path, top: Path) -> None:
    """Take a file or folder out of sight, at once and as a whole; `sweep(top)` removes it."""
    path.rename(top / f"{_GONE}{uuid.uuid4().hex}")


def sweep(top: Path) -> None:
    """Remove for good what was put away in a folder, by us or by one who was killed. Raises OSError for what cannot be removed."""
    problem: OSError | None = None
    for path in top.glob(_GONE + "[0-9a-f]" * 32):
        try:
            erase(path)
        except OSError as error:  # the others are removed all the same
            problem = error
    if problem:
        raise problem


def _is_scratch(folder: Path) -> bool:
    """Tell whether a folder is one that a room of ours made."""
    if not folder.is_absolute() or not folder.name.startswith(_SCRATCH):
        return False
    return folder.is_dir() and not folder.is_symlink() and folder.stat().st_uid == os.getuid()
