"""The target branch in this clone, moved by compare-and-swap: never one that is checked out, and never past what stands there."""

from __future__ import annotations

import shlex

from gatecheck.errors import Refused
from gatecheck.repo import Repository, UserGit, announced, short
from gatecheck.repo.asking import DURABLY, complaint


def checked_out(git: UserGit, ref: str) -> str:
    """Return the work tree in which a branch is checked out; empty when there is none."""
    return git("for-each-ref", "--format=%(worktreepath)", ref)


def move(repository: Repository, git: UserGit, ref: str, ids: tuple[str, str], *, is_target: bool) -> bool:
    """Move a branch from the base (or a commit that the base contains) to the new commit; False when it went on meanwhile.

    `ids` are base and new commit; `is_target` says that the base was this very branch's tip, and not that of a remote's branch. The
    strict hook is told of exactly this move. Raises Refused when the branch is checked out, has commits of its own, or a hook objects.
    """
    base, new = ids
    old = repository.resolve(ref) or ""
    if old and not repository.is_ancestor(old, base):
        if is_target:
            return False
        raise Refused(
            f"{short(ref)} has commits here that its remote has not",
            fix=f"Bring them there first, or merge into the branch as it is here: --target {short(ref)}",
        )
    where = checked_out(git, ref)
    if where:
        raise _in_use(ref, where, new)
    with announced(repository.place, [(old, new, ref)]):
        code, _, err = git.code(
            *("update-ref", "-m", "gatecheck merge", ref, new, old or "0" * len(new)), env=DURABLY
        )
    if code and (repository.resolve(ref) or "") == old:
        raise Refused(
            f"{short(ref)} did not move: {complaint(err)}",
            fix=f"Mend what is named there; the commit is made: {new}",
        )
    return code == 0


def _in_use(ref: str, where: str, new: str) -> Refused:
    tree = shlex.quote(where)
    return Refused(
        f"{short(ref)} is checked out in {where}, and no work tree is changed by surprise; the commit is made: {new}",
        fix=f"Bring it in there yourself: git -C {tree} merge --ff-only {new}. "
        f"Where the strict hook is on, let go of the branch (git -C {tree} switch --detach) and merge again, or use --push.",
    )
