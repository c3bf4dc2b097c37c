"""Where the user stands: at which commit, on which branch, and in the middle of what."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from gatecheck.errors import UsageError
from gatecheck.place import Place
from gatecheck.repo import UserGit
from gatecheck.snapshots.asking import QUIETLY, run
from gatecheck.snapshots.names import HEADS

_DOINGS = {
    "rebase-merge": "a rebase",
    "rebase-apply": "a rebase, or git am",
    "MERGE_HEAD": "a merge",
    "CHERRY_PICK_HEAD": "a cherry-pick",
    "REVERT_HEAD": "a revert",
    "BISECT_LOG": "a bisection",
}
"""Files of a work tree's git directory, and what is under way while they are there. Source: git's wt-status.c."""
REBASE = frozenset({_DOINGS["rebase-merge"], _DOINGS["rebase-apply"]})


@dataclass(frozen=True, slots=True)
class Standing:
    """HEAD, and what is under way."""

    head: str | None
    """None before the first commit."""
    branch: str | None
    """Its short name; None where HEAD is detached."""
    merging: tuple[str, ...] = ()
    """The other parents of the merge that is under way."""
    doing: str | None = None
    """For people: `a rebase`."""

    @property
    def says(self) -> str:
        """For people: `feature`, or `a detached HEAD`."""
        return self.branch or "a detached HEAD"


def stand(git: UserGit) -> Standing:
    """Return where the user stands. Raises UsageError for a bare repository."""
    place = work_tree_of(git)
    code, out, _ = git.code("rev-parse", "HEAD", "--symbolic-full-name", "HEAD", env=QUIETLY)
    if code:
        head, full = None, run(git, "symbolic-ref", "HEAD")
    else:
        head, full = out.split("\n")
    doing = next((told for name, told in _DOINGS.items() if os.path.lexists(f"{place.git_dir}/{name}")), None)
    branch = full.removeprefix(HEADS) if full.startswith(HEADS) else None
    return Standing(head, branch, _merging(place), doing)


def work_tree_of(git: UserGit) -> Place:
    """Return the place. Raises UsageError where there is no work tree."""
    if git.place.work_tree is None:
        raise UsageError(
            "this repository is bare: it has no work tree",
            fix="Name a work tree of it with --repo DIR, or make one: git worktree add DIR",
        )
    return git.place


def _merging(place: Place) -> tuple[str, ...]:
    try:
        return tuple(Path(place.git_dir, "MERGE_HEAD").read_text(encoding="ascii").split())
    except OSError:
        return ()
