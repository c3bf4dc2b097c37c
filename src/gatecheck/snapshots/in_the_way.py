"""What a restored snapshot would overwrite and git does not have: found before anything is written."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from gatecheck.errors import UsageError
from gatecheck.snapshots.contents import names
from gatecheck.snapshots.desk import Desk
from gatecheck.snapshots.inside import Differing


def already_there(desk: Desk, top: str, changes: Sequence[Differing], instead: str) -> frozenset[str]:
    """Return the new files that lie there as they were, and tell the desk of them, which has a copy of a clean index.

    Raises UsageError when others are in the way; `instead` is what one could do then.
    """
    desk.refresh()
    new = [change for change in changes if change.status == "A"]
    goes = {change.path for change in changes if change.status == "D"}
    blocked = {above for change in new for above in _above(change.path) if _blocks(top, above, goes)}
    there = [change for change in new if os.path.lexists(f"{top}/{change.path}") and change.path not in goes]
    folders = {change.path for change in there if _is_folder(f"{top}/{change.path}")}
    files = [change for change in there if change.path not in folders]
    blocked |= {path for path in folders if desk("ls-files", "--others", "-z", "--", path)}
    blocked |= _others(desk, files) if not blocked else set()
    blocked |= _unseen(desk, top, [change.path for change in changes if change.status != "A"])
    if blocked:
        raise UsageError(
            f"what git does not have as it is would be overwritten: {names(sorted(blocked))}",
            fix=f"Move it away, and restore then. Or: {instead}",
        )
    return frozenset(change.path for change in files)


def _above(path: str) -> list[str]:
    return [path[:end] for end, char in enumerate(path) if char == "/"]


def _blocks(top: str, above: str, goes: set[str]) -> bool:
    """Tell whether something that stays is where a folder must be."""
    place = f"{top}/{above}"
    return os.path.lexists(place) and not _is_folder(place) and above not in goes


def _is_folder(place: str) -> bool:
    return Path(place).is_dir() and not Path(place).is_symlink()


def _others(desk: Desk, files: Sequence[Differing]) -> set[str]:
    """Return the files that are not as they were; the desk's index has all of them then."""
    if not files:
        return set()
    desk("update-index", "--add", "-z", "--stdin", lines=(change.path for change in files))
    out = desk("ls-files", "--stage", "-z")
    now = {}
    for line in out.split("\0")[:-1]:
        head, _, path = line.partition("\t")
        now[path] = tuple(head.split(" ")[:2])
    return {change.path for change in files if now.get(change.path) != (change.mode, change.id)}


def _unseen(desk: Desk, top: str, paths: Sequence[str]) -> set[str]:
    """Return paths that are there and git was told not to look at: it would take them for unchanged."""
    wanted = set(paths)
    out = desk("ls-files", "-v", "-z") if wanted else ""
    marked = {line[2:] for line in out.split("\0")[:-1] if line[0].islower() or line[0] == "S"}
    return {path for path in wanted & marked if os.path.lexists(f"{top}/{path}")}
