"""The target branch on the remote, moved by one atomic push with all that proves it; a branch that went on meanwhile is no error."""

from __future__ import annotations

from collections.abc import Sequence

from gatecheck.errors import Refused, ToolError
from gatecheck.repo import UserGit, announced
from gatecheck.repo.asking import complaint
from gatecheck.repo.remotes import refusal, shown
from gatecheck.snapshots.remote import Missing, read_back

_QUIET = ("--quiet", "--recurse-submodules=no")


def fetch(git: UserGit, remote: str, branch: str) -> None:
    """Bring the remote-tracking branch up to date. Raises ToolError when the remote cannot be reached."""
    spec = f"+refs/heads/{branch}:refs/remotes/{remote}/{branch}"
    code, _, err = git.code("fetch", *_QUIET, "--no-tags", "--", remote, spec)
    if code:
        raise ToolError(
            f"{shown(remote)} could not be asked where {branch} is: {shown(complaint(err))}",
            fix="Try again when it can be reached; without --push only this clone is looked at.",
        )


def push(git: UserGit, remote: str, ref: str, ids: tuple[str, str], beside: Sequence[str]) -> bool:
    """Move a branch of the remote from its base to the new commit (`ids`), together with other refs, or move nothing.

    False when the branch is elsewhere meanwhile, or another ref moved: fetch, and try again. The pre-push hook is told of exactly this
    move. Raises Refused when the remote declines, ToolError when it cannot be asked.
    """
    base, new = ids
    wanted = {ref: new, **{each: git("rev-parse", "--verify", each) for each in beside}}
    lease = f"--force-with-lease={ref}:{base}"  # of this ref alone; the others go forward or not at all
    specs = [f"{new}:{ref}", *(f"{each}:{each}" for each in beside)]
    with announced(git.place, [(base, new, ref)]):
        code, _, err = git.code("push", "--atomic", *_QUIET, "--no-follow-tags", lease, "--", remote, *specs)
    there = read_back(git, remote, list(wanted))
    if isinstance(there, Missing):
        raise ToolError(
            f"nobody can tell whether {ref} moved: {there.why}",
            fix=f"When it can be reached, see whether it has {new[:12]}: git ls-remote {shown(remote)} {ref}",
        )
    still = all(found.get(ref) == base for found in there)
    if all(found.get(ref) == new for found in there) or (code == 0 and not still):
        return True
    if still and not _others_moved(err):
        raise Refused(
            f"{shown(remote)} did not take it: {shown(refusal(err))}",
            fix="Do what it says; nothing has moved, neither there nor here.",
        )
    return False


def _others_moved(err: bytes) -> bool:
    """Tell whether a ref was refused since the remote's has more than ours. Source: git-push(1), OUTPUT."""
    words = (
        b"(fetch first)",
        b"(non-fast-forward)",
        b"(stale info)",
        b"cannot lock ref",
        b"failed to update ref",
    )
    return any(word in err for word in words)
