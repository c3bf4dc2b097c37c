"""Which ref would move, and to what: target and head as asked for, else as git shows them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass

from gatecheck.errors import CannotTell, UsageError
from gatecheck.repo.repository import Repository

MOST_RIVALS = 50
"""Protected branches that are compared to find the nearest; with more of them `--target` must be said."""


@dataclass(frozen=True, slots=True)
class Aim:
    """Target and head, resolved, and how each was found."""

    target: str
    """The full name of the ref that would move; a commit id where only that was given."""
    base: str
    head: str
    chosen: str
    """For people: `target origin/main (origin/HEAD), head HEAD (feature)`."""
    asked: bool
    """True when the target was named and not guessed."""

    @property
    def branch(self) -> str:
        """The target's branch name as its own repository knows it: `main` for `refs/remotes/origin/main`."""
        return branch_of(self.target)


def find_aim(repository: Repository, target: str | None, head: str | None) -> Aim:
    """Find target and head. Raises UsageError when there is none, or a name means nothing."""
    for flag, name in (("--target", target), ("--head", head)):
        if name is not None:
            _refuse_ambiguous(repository, flag, name)
    head_id, head_says = _head(repository, head)
    if target is None:
        ref, why = _default_target(repository)
        base = repository.resolve(ref)
        if base is None:
            raise UsageError(f"{ref} is not a commit", fix="Name the target with --target REF.")
        return Aim(ref, base, head_id, f"target {short(ref)} ({why}), head {head_says}", asked=False)
    base = repository.resolve(target)
    if base is None:
        raise UsageError(f"--target {target}: there is no such commit here", fix=_fetch_hint(target))
    ref = _full_name(repository, target) or base
    return Aim(ref, base, head_id, f"target {short(ref)} (--target), head {head_says}", asked=True)


def policy_commit(repository: Repository, aim: Aim, protects: Callable[[str], bool]) -> tuple[str, bool]:
    """Return the commit whose policy judges, and whether the target is a protected branch.

    A protected target brings its own policy. Any other (stacked changes) is judged by the policy of the protected branch from which
    it forked, so that nobody escapes a policy by aiming beside it. `protects` is what the default branch's policy says of a name.
    Raises UsageError when the target was not named and another protected branch is nearer.
    """
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


def short(ref: str) -> str:
    """Return a ref as people write it."""
    for prefix in ("refs/heads/", "refs/remotes/", "refs/tags/"):
        if ref.startswith(prefix):
            return ref.removeprefix(prefix)
    return ref


def branch_of(ref: str) -> str:
    """Return a ref's name without its remote."""
    if ref.startswith("refs/remotes/"):
        return ref.removeprefix("refs/remotes/").partition("/")[2]
    return short(ref)


def _head(repository: Repository, head: str | None) -> tuple[str, str]:
    found = repository.resolve(head or "HEAD")
    if found is None and head is None:
        raise UsageError("this repository has no commit yet", fix="Commit something on a branch first.")
    if found is None:
        raise UsageError(f"--head {head}: there is no such commit here", fix=_fetch_hint(head or "HEAD"))
    if head is not None:
        return found, f"{head} (--head)"
    branch = repository.symbolic("HEAD")
    return found, f"HEAD ({short(branch) if branch else 'detached'})"


def _default_target(repository: Repository) -> tuple[str, str]:
    """Return the protected branch's ref and why it is that one, in the order remote HEAD, main, master, local."""
    remotes = repository.refs("refs/remotes/")
    names = sorted({ref.split("/")[2] for ref in remotes})
    if names:
        remote = "origin" if "origin" in names else names[0]
        if len(names) > 1 and remote != "origin":
            raise UsageError(
                f"there are several remotes ({', '.join(names)}) and none is called origin",
                fix="Name the target with --target REMOTE/BRANCH.",
            )
        pointed = repository.symbolic(f"refs/remotes/{remote}/HEAD")
        if pointed in remotes:
            return pointed, f"{remote}/HEAD"
        for branch in ("main", "master"):
            ref = f"refs/remotes/{remote}/{branch}"
            if ref in remotes:
                return ref, f"{remote} has no HEAD here"
    local = repository.refs("refs/heads/main", "refs/heads/master")
    for ref in ("refs/heads/main", "refs/heads/master"):
        if ref in local:
            return ref, "no remote branch"
    raise UsageError(
        "there is no branch to merge into: neither a remote's HEAD nor main nor master",
        fix="Name it with --target REF, or run `git remote set-head origin --auto`.",
    )


def _refuse_ambiguous(repository: Repository, flag: str, name: str) -> None:
    """Raise UsageError for a name that is empty, or that several refs have.

    git would take a tag before a branch, so whoever may push a tag `origin/main` could choose what `origin/main` means.
    """
    if not name.strip():
        raise UsageError(
            f"{flag} is empty",
            fix=f"Give {flag} a branch or a commit; in CI, look whether its variable is set.",
        )
    plain = re.split(r"[~^@:{]", name, maxsplit=1)[0]
    if not plain or plain == "HEAD" or plain.startswith("refs/"):
        return
    wanted = [f"{folder}/{plain}" for folder in ("refs/tags", "refs/heads", "refs/remotes")]
    found = [ref for ref in wanted if ref in repository.refs(*wanted)]
    if len(found) > 1:
        raise UsageError(
            f"{flag} {name} is ambiguous: there are {' and '.join(found)}",
            fix=f"Say which one is meant, in full: {flag} {found[-1]}",
        )


def _full_name(repository: Repository, name: str) -> str | None:
    """Return the ref that a name means to git, in git's own order; None when it names a commit in another way.

    A symbolic one (`origin`, `origin/HEAD`) is the branch that it points to. Source: gitrevisions(7), <refname>.
    """
    wanted = [name] if name.startswith("refs/") else []
    wanted += [f"{folder}/{name}" for folder in ("refs", "refs/tags", "refs/heads", "refs/remotes")]
    wanted.append(f"refs/remotes/{name}/HEAD")
    there = repository.refs(*wanted)
    found = next((ref for ref in wanted if ref in there), None)
    return found and (repository.symbolic(found) or found)


def _protected(repository: Repository, protects: Callable[[str], bool]) -> dict[str, str]:
    """Return the protected branches: the remote-tracking ones, or the local ones where there is no remote."""
    for prefix in ("refs/remotes/", "refs/heads/"):
        found = {
            ref: tip
            for ref, tip in repository.refs(prefix).items()
            if branch_of(ref) != "HEAD" and protects(branch_of(ref))
        }
        if found:
            return found
    return {}


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


def _fetch_hint(name: str) -> str:
    if name.startswith("-"):  # never a command to copy in which it would be an option
        return "Check the spelling: no branch's name begins with a dash."
    return (
        f"Check the spelling, or fetch it first: git fetch origin {shlex.quote(name.removeprefix('origin/'))}"
    )
