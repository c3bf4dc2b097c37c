"""Which branches are protected, and whose policy judges what would enter the target."""

from __future__ import annotations

from collections.abc import Callable

from gatecheck.errors import CannotTell, UsageError
from gatecheck.model import Change
from gatecheck.repo.aim import Aim, branch_of, default_target, short
from gatecheck.repo.commits import is_ancestor
from gatecheck.repo.repository import Repository

_REMOTE = "refs/remotes/"
MOST_RIVALS = 50
"""Protected branches that are compared to find the nearest; with more of them `--target` must be said."""


def protecting_commit(repository: Repository, aim: Aim) -> str:
    """Return the commit whose policy says which branches are protected: the default branch's, whatever the target.

    Where a forge names the default branch, no other branch is taken for it because of its name.
    """
    if aim.default:
        return repository.resolve(aim.default) or aim.base
    if not aim.asked:
        return aim.base
    try:
        ref, _ = default_target(repository)
    except UsageError:  # no default branch: the named target is all there is
        return aim.base
    return repository.resolve(ref) or aim.base


def policy_commit(repository: Repository, aim: Aim, protects: Callable[[str], bool]) -> tuple[str, bool]:
    """Return the commit whose policy judges, and whether the target is a protected branch.

    A protected target brings its own policy. Any other (stacked changes) is judged by the policy of the protected branch from which
    it forked, so that nobody escapes a policy by aiming beside it. `protects` is what the default branch's policy says of a name.
    Raises UsageError when the target was not named and another protected branch is nearer.
    """
    if aim.by_forge and aim.asked and protects(aim.branch):
        return aim.base, True  # whether or not its ref is in this clone
    protected = _protected(repository, protects)
    if aim.target in protected or aim.base in protected.values():
        if not aim.asked:
            _refuse_rivals(repository, aim, protected)
        return aim.base, True
    for ref, tip in protected.items():
        if repository.is_ancestor(aim.base, tip):  # a commit that the branch already has: judged as of then
            return (aim.base if aim.asked and aim.target == aim.base else tip), ref == aim.target
    if not protected:
        return aim.base, protects(aim.branch)
    return _nearest(repository, aim, protected), False


def protected_by(
    repository: Repository, commit: str, change: Change, protects: Callable[[str], bool]
) -> str | None:
    """Return the remote's protected branch that has a commit; None when none has. The target is looked at first, as of the base."""
    tips = _below(_REMOTE, repository, protects)
    if change.target.startswith(_REMOTE) and protects(branch_of(change.target)):
        tips = {change.target: change.base, **tips}  # its ref may be missing where a forge named it
    return next((ref for ref, tip in tips.items() if is_ancestor(repository, commit, tip)), None)


def _protected(repository: Repository, protects: Callable[[str], bool]) -> dict[str, str]:
    """Return the protected branches: the remote-tracking ones, or the local ones where there is no remote."""
    return _below(_REMOTE, repository, protects) or _below("refs/heads/", repository, protects)


def _below(prefix: str, repository: Repository, protects: Callable[[str], bool]) -> dict[str, str]:
    return {
        ref: tip
        for ref, tip in repository.refs(prefix).items()
        if branch_of(ref) != "HEAD" and protects(branch_of(ref))
    }


def _refuse_rivals(repository: Repository, aim: Aim, protected: dict[str, str]) -> None:
    rivals = {ref: tip for ref, tip in protected.items() if ref != aim.target and tip != aim.base}
    if len(rivals) > MOST_RIVALS:
        raise UsageError(
            f"{len(rivals) + 1} branches are protected, too many to guess which one is meant",
            fix="Name the target with --target REF.",
        )
    ours = repository.merge_base(aim.base, aim.head)
    for ref, tip in rivals.items():
        theirs = repository.merge_base(tip, aim.head)
        if ours and theirs and theirs != ours and repository.is_ancestor(ours, theirs):
            raise UsageError(
                f"this work forked from {short(ref)}, not from {short(aim.target)}: both are protected",
                fix=f"Say which one it is for: --target {short(ref)} or --target {short(aim.target)}.",
            )


def _nearest(repository: Repository, aim: Aim, protected: dict[str, str]) -> str:
    """Return the tip of the protected branch with the nearest merge base."""
    best: tuple[str, str] | None = None
    for tip in protected.values():
        shared = repository.merge_base(tip, aim.base)
        if shared and (best is None or (shared != best[0] and repository.is_ancestor(best[0], shared))):
            best = (shared, tip)
    if best is None:
        raise CannotTell(
            f"{short(aim.target)} has no history in common with a protected branch",
            fix="Fetch the protected branch with enough history, or name another --target.",
        )
    return best[1]
