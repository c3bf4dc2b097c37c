"""What the index has and the work tree adds, as far as a snapshot must know it: most entries are of no interest, and are passed by.

Source: git-ls-files(1), OUTPUT and `-v`.
"""

from __future__ import annotations

from dataclasses import dataclass

_EMPTY = {
    40: "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391",
    64: "473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813",
}
"""The id of a file without content, by the length of ids."""
_PLAIN = "H 100"
_SUBMODULE = "160000"
_LOOKED_AT = 1000
"""Files that git is told to skip, and that may be there nevertheless; in a sparse checkout nearly all of them are not."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A path in the index."""

    mode: str
    id: str
    stage: str
    """`0`, or in a conflict `1` (base), `2` (ours), `3` (theirs)."""
    path: str


@dataclass(frozen=True, slots=True)
class Entries:
    """What stands out."""

    new: tuple[str, ...] = ()
    """Files that are neither tracked nor ignored."""
    nested: tuple[str, ...] = ()
    """Repositories in the work tree that are not submodules."""
    unmerged: tuple[Entry, ...] = ()
    empty: tuple[Entry, ...] = ()
    """Without content: each may be an intent to add."""
    submodules: frozenset[str] = frozenset()
    unseen: tuple[str, ...] = ()
    """Files that git is told not to look at."""


def parse(listing: str) -> Entries:
    """Read what `git ls-files -v --stage --cached --others -z` prints."""
    new: list[str] = []
    nested: list[str] = []
    unmerged, empty, submodules, unseen = [], [], [], []
    none = _EMPTY[_length_of_ids(listing)]
    skipped = 0
    for line in listing.split("\0")[:-1]:
        if line.startswith(_PLAIN) and not line.startswith(none, 9):
            continue
        tag, rest = line[0], line[2:]
        if tag == "?":
            (nested if rest.endswith("/") else new).append(rest)
            continue
        entry = _entry(rest)
        if tag == "M":
            unmerged.append(entry)
        elif entry.mode == _SUBMODULE:
            submodules.append(entry.path)
        elif entry.id == none:
            empty.append(entry)
        skipped += tag == "S"
        if tag.islower() or (tag == "S" and skipped <= _LOOKED_AT):
            unseen.append(entry.path)
    return Entries(
        tuple(new), tuple(nested), tuple(unmerged), tuple(empty), frozenset(submodules), tuple(unseen)
    )


def _length_of_ids(listing: str) -> int:
    """Return the length of the ids in a listing whose first lines may be of new files."""
    last = listing[:-1].rpartition("\0")[2]
    return 40 if last.startswith("?") or not last else len(_entry(last[2:]).id)


def _entry(text: str) -> Entry:
    head, _, path = text.partition("\t")
    mode, id_, stage = head.split(" ")
    return Entry(mode, id_, stage, path)
