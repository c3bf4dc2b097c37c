"""Snapshot tags as they stand in a clone: what each one keeps, of which commit, and for which branch."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from gatecheck.errors import CannotTell
from gatecheck.model import History

PREFIX = "refs/tags/"
ALL = "refs/tags/backup-*"
_BRANCH = re.compile(r"self-improvement-([0-9]{8}T[0-9]{6}Z(?:-[0-9]+)?)")
_TIMED = re.compile(r"backup-[0-9]{8}T[0-9]{6}Z(?:-[0-9]+)?")
"""The names that gatecheck gives; people may have others."""
_TRAILER = re.compile(r"([A-Za-z0-9][A-Za-z0-9-]*):[ \t]*(.*)")
_SIGNATURE = re.compile(r"^-----BEGIN (?:PGP|SSH|SIGNED) ", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Backup:
    """One snapshot tag, and what it keeps."""

    name: str
    """In short: `backup-20260101T000000Z`."""
    tree: str
    """Of the commit that it keeps."""
    head: str
    """The commit from which the work went on: what HEAD was then, or for a tag made by hand the tagged commit; empty: there was none."""
    branch: str
    """The branch that was checked out; empty where the tag does not say."""
    contradiction: str = ""
    """What of the tag does not fit together, as a sentence; empty when all does."""


def tag_of(branch: str) -> str:
    """Return the tag that belongs to a branch by its name; empty when its name names none."""
    found = _BRANCH.fullmatch(branch)
    return f"backup-{found[1]}" if found else ""


def newest_first(refs: Iterable[str]) -> list[str]:
    """Return tags' refs by name, those first whose names tell a time, the latest one before all others."""
    return sorted(refs, key=lambda ref: (bool(_TIMED.fullmatch(ref.removeprefix(PREFIX))), ref), reverse=True)


def read(history: History, ref: str, id_: str) -> Backup | None:
    """Return what a tag keeps; None when that is no commit. Raises CannotTell when something of it is missing."""
    name = ref.removeprefix(PREFIX)
    tag = history.tag(id_)
    if tag and tag.target_kind != "commit":
        return None
    commit = history.commit(tag.target if tag else id_)
    said = trailers(tag.message) if tag else {}
    by_us = "snapshot-untracked" in said
    head = said.get("snapshot-head", "") if by_us else commit.id
    first = next(iter(commit.parents), "")
    contradiction = ""
    if tag and tag.name != name:
        contradiction = f"its object calls itself {tag.name}"
    elif _TIMED.fullmatch(name) and not by_us:
        contradiction = (
            "it has a name as gatecheck gives them, and does not say what gatecheck writes into its tags"
        )
    elif by_us and head and head != first:
        made_on = first[:12] or "nothing"
        contradiction = f"it says that it was made on {head[:12]}, and keeps a commit made on {made_on}"
    return Backup(name, commit.tree, head, said.get("snapshot-branch", ""), contradiction)


def trailers(message: str) -> Mapping[str, str]:
    """Return the trailers of a message's last paragraph by their names in small letters; of one that is there twice the last."""
    signed = _SIGNATURE.search(message)
    text = message[: signed.start()] if signed else message
    last = re.split(r"\n[ \t]*\n", text.strip())[-1]
    found = (_TRAILER.fullmatch(line.rstrip()) for line in last.split("\n"))
    return {hit[1].lower(): hit[2] for hit in found if hit}


class Tags:
    """The tags that a gate looks at, each read once. State: what was read, and the first that could not be."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._read: dict[str, Backup | None] = {}
        self.broken: CannotTell | None = None

    @property
    def count(self) -> int:
        """How many were looked at."""
        return len(self._read)

    def all(self) -> Mapping[str, str]:
        """Return the refs of all snapshot tags of the clone, with what they lead to."""
        return self._history.refs(ALL)

    def id_of(self, name: str) -> str | None:
        """Return what a tag leads to; None when this clone has none of that name."""
        return self._history.refs(PREFIX + name).get(PREFIX + name)

    def get(self, ref: str, id_: str) -> Backup | None:
        """Return what a tag keeps; None when it keeps no commit, or cannot be read."""
        if ref not in self._read:
            try:
                self._read[ref] = read(self._history, ref, id_)
            except CannotTell as error:
                self._read[ref] = None
                self.broken = self.broken or error
        return self._read[ref]

    def named(self, name: str) -> Backup | None:
        """Return what the tag of a name keeps; None when there is none in this clone, or none that can be read."""
        id_ = self.id_of(name)
        return self.get(PREFIX + name, id_) if id_ else None

    def is_behind(self, backup: Backup, points: Iterable[str]) -> bool:
        """Tell whether the commit on which a tag was made lies behind one of the points: the branch was rebased since."""
        return bool(backup.head) and any(self._history.is_ancestor(backup.head, point) for point in points)
