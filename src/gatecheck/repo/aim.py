"""Which ref would move, and to what: target and head as asked for, else as the forge's event says, else as git shows them."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field, replace

from gatecheck.errors import CannotTell, UsageError
from gatecheck.model import Origin
from gatecheck.repo import github, gitlab
from gatecheck.repo.forge import Told, lacking
from gatecheck.repo.history import bring, fork_of, tracked
from gatecheck.repo.repository import Repository


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
    """True when the target was named, by a person or by a forge, and not guessed."""
    by_forge: bool = False
    """True when the target is what a forge's event says; its ref may be missing here."""
    default: str = ""
    """The default branch's ref as a forge says it, which may be missing here; else empty."""
    origin: Origin = field(default_factory=Origin)
    """Where head comes from."""
    merge: str = ""
    """The forge's merge commit of base and head, where the history here is too short for a merge of our own; else empty."""

    @property
    def branch(self) -> str:
        """The target's branch name as its own repository knows it: `main` for `refs/remotes/origin/main`."""
        return branch_of(self.target)


def find_aim(repository: Repository, target: str | None, head: str | None) -> Aim:
    """Find target and head, each by itself: as asked for, else as the forge's event says, else as git shows them.

    Raises UsageError when there is none, a name means nothing or an event must not be judged, and CannotTell for what a forge names
    and this clone does not have.
    """
    for flag, name in (("--target", target), ("--head", head)):
        if name is not None:
            _refuse_ambiguous(repository, flag, name)
    told = _told(repository, needed=target is None or head is None)
    head_id, head_says, origin = _head(repository, head, told)
    if target is not None:
        aim = _asked(repository, target)
    else:
        aim = _from_forge(repository, told) if told else _from_git(repository)
    aim = replace(aim, head=head_id, chosen=f"{aim.chosen}, head {head_says}", origin=origin)
    return _settled(repository, aim, told) if told and (aim.base, aim.head) == (told.base, told.head) else aim


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


def _told(repository: Repository, *, needed: bool) -> Told | None:
    """Return what the forge says in whose CI this runs."""
    told = None
    if repository.variable("GITHUB_ACTIONS") == "true":
        told = github.told(repository, needed=needed)
    elif repository.variable("GITLAB_CI") == "true":
        told = gitlab.told(repository, needed=needed)
    if told:
        repository.never_recall()
    return told


def _asked(repository: Repository, target: str) -> Aim:
    base = repository.resolve(target)
    if base is None:
        raise UsageError(f"--target {target}: there is no such commit here", fix=_fetch_hint(target))
    ref = _full_name(repository, target) or base
    return Aim(ref, base, "", f"target {short(ref)} (--target)", asked=True)


def _from_git(repository: Repository) -> Aim:
    ref, why = default_target(repository)
    base = repository.resolve(ref)
    if base is None:
        raise UsageError(f"{ref} is not a commit", fix="Name the target with --target REF.")
    return Aim(ref, base, "", f"target {short(ref)} ({why})", asked=False)


def _from_forge(repository: Repository, told: Told) -> Aim:
    base = repository.resolve(told.base or told.ref)
    if base is None and told.base:
        raise lacking(repository, told, told.base, "base")
    if base is None:
        raise CannotTell(
            f"{told.by} is about the branch {told.target}, and this clone has no {short(told.ref)}",
            fix=f"Fetch it: {bring(repository, tracked(told.target), told.head)}",
        )
    says = f"target {short(told.ref)} ({told.by})"
    return Aim(told.ref, base, "", says, asked=not told.guessed, by_forge=True, default=told.default_ref)


def _settled(repository: Repository, aim: Aim, told: Told) -> Aim:
    """Return an aim whose both sides a forge named, with what follows from it for the merge."""
    fork = fork_of(repository, aim.base, aim.head)
    if told.merge and not fork.sure:
        says = f"merged by the forge ({told.merge[:12]}), since this clone is too shallow"
        return replace(aim, merge=told.merge, chosen=f"{aim.chosen}, {says}")
    if told.landed and fork.sure and fork.commit not in {aim.base, aim.head}:
        raise CannotTell(
            f"{told.by} puts {aim.head[:12]} in the place of {aim.base[:12]}, which it does not contain: history was rewritten",
            fix="Name what is to be compared: --target REF --head REF.",
        )
    return aim


def _head(repository: Repository, head: str | None, told: Told | None) -> tuple[str, str, Origin]:
    """Return head, for people how it was found, and where it comes from."""
    if head is None and told:
        if repository.resolve(told.head) is None:
            raise lacking(repository, told, told.head, "head")
        return told.head, f"{told.head[:12]} ({told.by})", told.origin
    found = repository.resolve(head or "HEAD")
    if found is None and head is None:
        raise UsageError("this repository has no commit yet", fix="Commit something on a branch first.")
    if found is None:
        raise UsageError(f"--head {head}: there is no such commit here", fix=_fetch_hint(head or "HEAD"))
    branch = _branch_at(repository, head or "HEAD")
    says = f"HEAD ({branch or 'detached'})" if head is None else f"{head} (--head)"
    return found, says, Origin(branch)


def _branch_at(repository: Repository, name: str) -> str:
    """Return the branch that a name means, in short; empty when it means a commit in another way."""
    if name == "HEAD":
        ref = repository.symbolic("HEAD")
    else:
        ref = None if re.search(r"[~^@:{]", name) else _full_name(repository, name)
    return branch_of(ref) if ref and ref.startswith(("refs/heads/", "refs/remotes/")) else ""


def default_target(repository: Repository) -> tuple[str, str]:
    """Return the default branch's ref and why it is that one, in the order remote HEAD, main, master, local."""
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


def _fetch_hint(name: str) -> str:
    if name.startswith("-"):  # never a command to copy in which it would be an option
        return "Check the spelling: no branch's name begins with a dash."
    return (
        f"Check the spelling, or fetch it first: git fetch origin {shlex.quote(name.removeprefix('origin/'))}"
    )
