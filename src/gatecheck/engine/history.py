"""The commits and refs behind the change as one gate sees them, and whether its answer may be kept for the same trees and commits."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from gatecheck.model import Change, ChangedPath, Commit, Origin, Tag
from gatecheck.repo import Repository, commits, protection


class GateHistory:
    """Implements gatecheck.model.History for one gate of one run.

    What can move (refs, notes of the clone, the change's origin) is in nobody's key, so an answer that looked at it is not kept in
    the store. The repository witnesses every such look, so the whole run is still recalled while nothing of it has moved.
    """

    def __init__(
        self, repository: Repository, change: Change, origin: Origin, protects: Callable[[str], bool]
    ) -> None:
        self._repository = repository
        self._change = change
        self._origin = origin
        self._protects = protects
        self.looked = False
        """True once the gate asked for any commit."""
        self.moves = False
        """True once the gate looked at something that can move."""

    @property
    def origin(self) -> Origin:
        """Where the change comes from."""
        self.moves = True
        return self._origin

    def refs(self, *patterns: str) -> Mapping[str, str]:
        """Return refs by full name, with what they point to."""
        self.moves = True
        return self._repository.refs(*patterns)

    def recorded(self) -> str:
        """Return what this clone wrote down of the branch's snapshot."""
        branch = self.origin.branch
        return self._repository.noted(f"snapshots/{branch}").partition("\n")[0] if branch else ""

    def commit(self, id_: str) -> Commit:
        """Return what a commit says."""
        self.looked = True
        return commits.read_commit(self._repository.objects, id_)

    def tag(self, id_: str) -> Tag | None:
        """Return what an annotated tag says; None when the id is that of something else."""
        self.looked = True
        return commits.read_tag(self._repository.objects, id_)

    def is_ancestor(self, ancestor: str, commit: str) -> bool:
        """Tell whether a commit is reachable from another."""
        self.looked = True
        return commits.is_ancestor(self._repository, ancestor, commit)

    def commits(self) -> tuple[str, ...]:
        """Return the ids of the branch's commits, parents first."""
        self.looked = True
        return commits.commits_between(self._repository, self._change.base, self._change.head)

    def changed_by(self, id_: str) -> tuple[ChangedPath, ...]:
        """Return the paths in which a commit differs from its first parent."""
        self.looked = True
        return commits.changed_by(self._repository, id_)

    def protected_by(self, commit: str) -> str | None:
        """Return the remote's protected branch that has a commit."""
        self.moves = True
        return protection.protected_by(self._repository, commit, self._change, self._protects)
