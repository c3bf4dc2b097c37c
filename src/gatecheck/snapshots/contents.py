"""What a snapshot consists of: the index, the work tree with its new files, and what no tree can say of an index, each as a tree.

Tracked files are taken as git would commit them now, filters included; new ones unless they are ignored.
Source: git-ls-files(1), OUTPUT; git-update-index(1), USING --INDEX-INFO.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

from gatecheck.repo import UserGit
from gatecheck.settings import shown
from gatecheck.snapshots.desk import Desk, desk_over
from gatecheck.snapshots.entries import Entries, Entry, parse
from gatecheck.snapshots.untracked import New, measured

SIDES = ("1", "2", "3")
"""Folders of what no tree can say: the base, our side and their side of a conflict."""
INTENTS = "n"
"""The folder of files that are only intended to be added."""
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Contents:
    """Trees, and what people should know of them."""

    index: str
    """Of a conflict, our side."""
    tree: str
    """The work tree."""
    aside: str | None
    """Sides of conflicts and intents to add, in folders `1`, `2`, `3` and `n`; None where there are none."""
    untracked: tuple[New, ...]
    left_out: int
    """Untracked files that were not wanted."""
    notes: tuple[str, ...]
    """What is not in it."""


def contents(git: UserGit, *, tracked_only: bool, bound: int) -> Contents:
    """Return the current state as trees; index and files are only read.

    Raises UsageError when the new files are more than the bound, ToolError when git cannot read or keep something.
    """
    with desk_over(git) as desk:
        listing, warnings = desk.told(
            "ls-files", "-v", "--stage", "--cached", "--others", "--exclude-standard", "-z"
        )
        entries = parse(listing)
        new = measured(git.place, () if tracked_only else entries.new, bound)
        if entries.unmerged:
            desk("update-index", "-z", "--index-info", lines=_our_side(entries.unmerged))
        index = desk.tree()
        intents = _intents(desk, entries, index)
        aside = _aside(desk.beside("aside"), entries.unmerged, intents)
        _take(desk, [file.path for file in new] + sorted({entry.path for entry in entries.unmerged}))
        unseen = [path for path in entries.unseen if os.path.lexists(f"{git.place.work_tree}/{path}")]
        notes = [*_notes(entries, unseen, warnings), *_dirty(desk, entries)]
        left_out = len(entries.new) if tracked_only else 0
        return Contents(index, desk.tree(), aside, new, left_out, tuple(notes))


def _our_side(unmerged: Sequence[Entry]) -> list[str]:
    """Return lines that take the sides of conflicts from an index, and put our side in their place."""
    zeros = "0" * len(unmerged[0].id)
    gone = [f"0 {zeros}\t{path}" for path in dict.fromkeys(entry.path for entry in unmerged)]
    ours = [f"{entry.mode} {entry.id} 0\t{entry.path}" for entry in unmerged if entry.stage == SIDES[1]]
    return gone + ours


def _intents(desk: Desk, entries: Entries, index: str) -> list[Entry]:
    """Return the intents to add: entries without content that the index does not put into its tree."""
    if not entries.empty or not desk.may_intend:
        return []
    there = set(desk("ls-tree", "-r", "-z", "--name-only", "--full-tree", index).split("\0"))
    return [entry for entry in entries.empty if entry.path not in there]


def _aside(desk: Desk, unmerged: Sequence[Entry], intents: Sequence[Entry]) -> str | None:
    lines = [f"{entry.mode} {entry.id} 0\t{entry.stage}/{entry.path}" for entry in unmerged]
    lines += [f"{entry.mode} {entry.id} 0\t{INTENTS}/{entry.path}" for entry in intents]
    if not lines:
        return None
    desk("update-index", "-z", "--add", "--index-info", lines=lines)
    return desk.tree()


def _take(desk: Desk, paths: list[str]) -> None:
    """Bring a desk's index up to what is on the disk."""
    fix = (
        "Mend what git names: make the file readable, have it ignored (.gitignore), or free some disk space."
    )
    desk("add", "--update", "--sparse", fix=fix)
    if paths:
        desk("update-index", "--add", "--remove", "-z", "--stdin", lines=paths, fix=fix)


def _dirty(desk: Desk, entries: Entries) -> list[str]:
    """Name the submodules with work of their own: all else is the same as on the disk by now."""
    if not entries.submodules:
        return []
    out = desk("diff-files", "--name-only", "-z", "--ignore-submodules=none")
    dirty = [path for path in out.split("\0")[:-1] if path in entries.submodules]
    if not dirty:
        return []
    return [f"of a submodule only its HEAD is kept, and there is more in {names(dirty)}: snapshot it there"]


def _notes(entries: Entries, unseen: Sequence[str], warnings: bytes) -> list[str]:
    notes = []
    if entries.nested:
        notes.append(f"a repository inside the work tree is left out: {names(entries.nested)}")
    if unseen:
        notes.append(
            "git was told not to look at some files (assume-unchanged, skip-worktree), and they are kept as the index has them: "
            + names(unseen)
        )
    closed = [
        line for line in os.fsdecode(warnings).splitlines() if line.startswith("warning: could not open")
    ]
    notes += [f"left out, since git could not look into it: {shown(line[9:])}" for line in closed[:_SHOWN]]
    return notes


def names(paths: Sequence[str]) -> str:
    """Return some paths for a message, and how many more there are."""
    some = ", ".join(shown(path) for path in paths[:_SHOWN])
    return some + (f" and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else "")
