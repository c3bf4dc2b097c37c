"""What differs between pairs of trees, for many pairs at once. Source: git-diff-tree(1), `--stdin` and RAW OUTPUT FORMAT."""

from __future__ import annotations

import os
from collections.abc import Sequence

from gatecheck.model import ChangedPath
from gatecheck.model.change import TypeOfChange
from gatecheck.repo.repository import Repository

Trees = tuple[str, str]
"""Before and after."""
_STATUS: dict[str, TypeOfChange] = {"A": "added", "D": "deleted"}
_HOW = ("--stdin", "-r", "-z", "--no-renames", "--raw", "--no-abbrev")


def edits_between(repository: Repository, pairs: Sequence[Trees]) -> dict[Trees, tuple[ChangedPath, ...]]:
    """Return the paths at which the trees of each pair differ, sorted; without lines, and a rename as a deletion and an addition.

    Raises ToolError where a tree is missing.
    """
    found: dict[Trees, list[ChangedPath]] = {pair: [] for pair in pairs}
    lines = "".join(f"{old} {new}\n" for old, new in found)
    parts = iter(os.fsdecode(repository.git("diff-tree", *_HOW, stdin=lines.encode())).split("\0"))
    current: list[ChangedPath] = []
    for part in parts:
        *heads, told = part.split("\n")  # of a pair without differences nothing follows but the next one's
        for head in heads:
            old, _, new = head.partition(" ")
            current = found[old, new]
        if told:
            current.append(_changed(told, next(parts)))
    return {pair: tuple(paths) for pair, paths in found.items()}


def _changed(told: str, path: str) -> ChangedPath:
    _, mode, old, new, status = told.removeprefix(":").split(" ")
    gone, fresh = status == "D", status == "A"
    return ChangedPath(
        path,
        _STATUS.get(status, "modified"),
        None if gone else new,
        None if fresh else old,
        0 if gone else int(mode, 8),
    )
