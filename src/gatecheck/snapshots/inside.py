"""What is in a snapshot: its parts, and how they differ from HEAD and from each other."""

from __future__ import annotations

from dataclasses import dataclass

from gatecheck.errors import UsageError
from gatecheck.repo import UserGit
from gatecheck.snapshots.asking import QUIETLY, run
from gatecheck.snapshots.contents import INTENTS, SIDES
from gatecheck.snapshots.entries import Entry
from gatecheck.snapshots.known import Known


@dataclass(frozen=True, slots=True)
class Differing:
    """A path at which two trees differ."""

    status: str
    """`A` added, `D` deleted, `M` changed, `T` of another type."""
    mode: str
    id: str
    """Mode and id in the second tree; zeros where it is deleted."""
    path: str


@dataclass(frozen=True, slots=True)
class Inside:
    """A snapshot's parts."""

    known: Known
    base: str
    """The tree of HEAD; the empty tree before the first commit."""
    index: str
    tree: str
    unmerged: tuple[Entry, ...]
    intents: tuple[Entry, ...]
    merging: tuple[str, ...]


def inside(git: UserGit, known: Known) -> Inside:
    """Return a snapshot's parts. Raises UsageError for a commit of another shape, ToolError when git lacks some of it."""
    commit = known.snapshot.commit
    parents = run(git, "rev-list", "--parents", "--max-count=1", commit).split(" ")[1:]
    before = [known.head] if known.head else []
    rest = parents[len(before) :]
    if parents[: len(before)] != before or len(rest) not in {1, 2}:
        raise UsageError(
            f"{known.snapshot.tag} is not what gatecheck makes: its parents are not HEAD and the index",
            fix=f"See what it is: git show {known.snapshot.tag}",
        )
    base = f"{known.head}^{{tree}}" if known.head else run(git, "mktree")
    base, index, tree = run(git, "rev-parse", base, f"{rest[0]}^{{tree}}", f"{commit}^{{tree}}").split("\n")
    unmerged, intents, merging = _aside(git, rest[1], before) if len(rest) > 1 else ((), (), ())
    return Inside(known, base, index, tree, unmerged, intents, merging)


def differing(git: UserGit, one: str, other: str) -> list[Differing]:
    """Return the paths at which two trees differ. Source: git-diff-tree(1), RAW OUTPUT FORMAT."""
    out = run(git, "diff-tree", "-r", "-z", "--raw", "--no-renames", "--no-abbrev", one, other)
    words = out.split("\0")[:-1]
    found = []
    for head, path in zip(words[::2], words[1::2], strict=True):
        _, mode, _, id_, status = head.split(" ")
        found.append(Differing(status[0], mode, id_, path))
    return found


def _aside(
    git: UserGit, commit: str, before: list[str]
) -> tuple[tuple[Entry, ...], tuple[Entry, ...], tuple[str, ...]]:
    """Return the sides of conflicts, the intents to add, and the commits that were being merged."""
    out = run(git, "ls-tree", "-r", "-z", "--full-tree", commit, env=QUIETLY)
    entries = []
    for line in out.split("\0")[:-1]:
        head, _, path = line.partition("\t")
        mode, _, id_ = head.split(" ")
        folder, _, name = path.partition("/")
        entries.append(Entry(mode, id_, folder, name))
    parents = run(git, "rev-list", "--parents", "--max-count=1", commit).split(" ")[1:]
    return (
        tuple(entry for entry in entries if entry.stage in SIDES),
        tuple(entry for entry in entries if entry.stage == INTENTS),
        tuple(parent for parent in parents if parent not in before),
    )
