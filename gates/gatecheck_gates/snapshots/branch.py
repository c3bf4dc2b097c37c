"""Where a branch's work began, and which snapshots keep what was there then."""

from __future__ import annotations

from dataclasses import dataclass

from gatecheck.model import Change, History
from gatecheck_gates.snapshots.tags import Backup


@dataclass(frozen=True, slots=True)
class Branch:
    """The branch of a change, from where it forked to its head."""

    name: str
    """Empty where nobody says."""
    target: str
    """The target's branch."""
    commits: frozenset[str]
    """Those that the target does not have."""
    points: tuple[str, ...]
    """Where it forked: the merge base, and where its own line left the target when that was merged into it since."""
    trees: frozenset[str]
    """The trees of the points."""

    @property
    def began(self) -> str:
        """The fork point, in short."""
        return self.points[-1][:12]

    def keeps(self, snapshot: Backup) -> bool:
        """Tell whether a snapshot was made where the branch forked, or later on the branch, or has the fork point's very tree."""
        return snapshot.head in self.commits or snapshot.head in self.points or snapshot.tree in self.trees

    def owns(self, snapshot: Backup) -> bool:
        """Tell whether a snapshot may be this branch's, and not that of another one which forked at the same point."""
        if not self.name or snapshot.head in self.commits:
            return True
        return snapshot.branch in {self.name, self.target, ""}


def branch_of(history: History, change: Change) -> Branch:
    """Return the branch of a change. Raises CannotTell where the history at hand does not show all of it."""
    commits = frozenset(history.commits())
    line = change.head
    while line in commits:
        line = next(iter(history.commit(line).parents), "")
    points = tuple(dict.fromkeys(point for point in (change.merge_base, line) if point))
    trees = frozenset(history.commit(point).tree for point in points)
    target = change.target.removeprefix("refs/heads/")
    if target.startswith("refs/remotes/"):
        target = target.split("/", 3)[3]
    return Branch(history.origin.branch, target, commits, points, trees)
