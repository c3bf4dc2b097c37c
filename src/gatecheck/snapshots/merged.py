"""Whether the work that a snapshot was taken for is in the default branch: by its commits, or because merging it would change nothing."""

from __future__ import annotations

from dataclasses import dataclass

from gatecheck.errors import CannotTell, GatecheckError, UsageError
from gatecheck.repo import Repository, default_target, short
from gatecheck.snapshots.known import Known
from gatecheck.snapshots.names import HEADS


@dataclass(frozen=True, slots=True)
class Target:
    """The default branch."""

    name: str
    commit: str
    tree: str


def target(repository: Repository) -> Target:
    """Return the default branch. Raises UsageError when there is none."""
    ref, _ = default_target(repository)
    commit = repository.resolve(ref)
    if commit is None:
        raise UsageError(
            f"{ref} is not a commit", fix="Fetch it, or run `git remote set-head origin --auto`."
        )
    return Target(short(ref), commit, repository.objects.tree_of(commit))


def unmerged(repository: Repository, into: Target, known: Known, remote: str | None) -> str:
    """Return why a snapshot's work may not be merged; nothing when it is.

    The branch tells, where there is one that has moved on since the snapshot, here or on the remote as it was fetched last. Else the
    snapshot itself does: nothing may be in it that the default branch lacks.
    """
    refs = [f"{HEADS}{known.branch}", f"refs/remotes/{remote}/{known.branch}"] if known.branch else []
    tips = {ref: tip for ref in refs if (tip := repository.resolve(ref)) and tip != known.head}
    try:
        for ref, tip in tips.items():
            if not _is_in(repository, into, tip):
                return f"{short(ref)} is not merged into {into.name}"
        if not tips and not _is_in(repository, into, known.snapshot.commit):
            return f"it has work that {into.name} lacks"
    except GatecheckError as error:
        return f"nobody can tell whether it is merged: {error.message}"
    return ""


def _is_in(repository: Repository, into: Target, commit: str) -> bool:
    if repository.is_ancestor(commit, into.commit):
        return True
    if repository.merge_base(into.commit, commit) is None:
        raise CannotTell("there is no common history", fix="Fetch more of it.")
    code, out = repository.git_code("merge-tree", "--write-tree", into.commit, commit, codes=(0, 1))
    return code == 0 and out.decode().strip() == into.tree
