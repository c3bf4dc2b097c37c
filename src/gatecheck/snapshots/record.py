"""Which snapshot is a branch's own: one line in `<common git dir>/gatecheck/snapshots/<branch>`, for hooks that have no time to ask.

It is the one from before the work: a later one does not take its place, as long as it is still there and the branch came from it.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from gatecheck.errors import CannotTell
from gatecheck.place import Place
from gatecheck.snapshots.objects import Tagged

_NO_HEAD = "none"
_WORDS = 3


@dataclass(frozen=True, slots=True)
class Record:
    """A line of it."""

    tag: str
    tag_id: str
    head: str | None


def read(place: Place, branch: str) -> Record | None:
    """Return what is recorded for a branch; None when nothing is, or nothing that can be read."""
    try:
        words = _path(place, branch).read_text(encoding="ascii").split()
    except (OSError, UnicodeDecodeError):
        return None
    if len(words) != _WORDS:
        return None
    tag, tag_id, head = words
    return Record(tag, tag_id, None if head == _NO_HEAD else head)


def write(place: Place, branch: str, snapshot: Tagged, head: str | None) -> None:
    """Record a branch's snapshot, whole or not at all. Raises CannotTell when it cannot be written."""
    path = _path(place, branch)
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        _make_room(place, path)
        fresh.write_text(f"{snapshot.tag} {snapshot.tag_id} {head or _NO_HEAD}\n", encoding="ascii")
        fresh.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            fresh.unlink()
        raise CannotTell(
            f"{path} cannot be written: {error.strerror}",
            fix=f"Mend that; the snapshot itself is kept as {snapshot.tag}.",
        ) from error


def forget(place: Place, branch: str) -> None:
    """Take a branch's record away."""
    _path(place, branch).unlink(missing_ok=True)


def _make_room(place: Place, path: Path) -> None:
    """Make a record's folders; what is in the way is of a branch that is no more, since git cannot have both either."""
    folder = _folder(place)
    for above in reversed(path.relative_to(folder).parents[:-1]):
        if (folder / above).is_file():
            (folder / above).unlink()
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_dir():
        shutil.rmtree(path)


def _folder(place: Place) -> Path:
    return Path(place.common_dir, "gatecheck", "snapshots")


def _path(place: Place, branch: str) -> Path:
    return _folder(place) / branch
