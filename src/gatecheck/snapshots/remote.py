"""The other place where a snapshot is kept: the push, and the look whether it has arrived."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gatecheck.repo import UserGit
from gatecheck.repo.asking import complaint, configured
from gatecheck.repo.remotes import addresses, refusal, shown
from gatecheck.snapshots.objects import Tagged


@dataclass(frozen=True, slots=True)
class Arrived:
    """The remote has it: it was read back."""

    remote: str


@dataclass(frozen=True, slots=True)
class Missing:
    """The remote does not have it."""

    why: str
    fix: str


@dataclass(frozen=True, slots=True)
class Taken:
    """The remote has another tag of that name."""


@dataclass(frozen=True, slots=True)
class Unasked:
    """Nobody wanted it to be pushed."""


Fate = Arrived | Missing | Unasked


def no_remote(git: UserGit, snapshot: Tagged) -> Missing:
    """Return what becomes of a snapshot when there is no remote to choose."""
    push = f"git push REMOTE {snapshot.ref}"
    if git("remote"):
        return Missing(
            "there are several remotes, none is called origin, and none is chosen",
            f"Choose one: git config remote.pushDefault REMOTE. Then push it: {push}",
        )
    return Missing(
        "this repository has no remote", f"Add one (git remote add origin URL), then push it: {push}"
    )


def publish(git: UserGit, remote: str, snapshot: Tagged) -> Arrived | Missing | Taken:
    """Push a snapshot's tag, which brings its commit, and read it back from where it was pushed to."""
    later = f"Push it later: git push {shown(remote)} {snapshot.ref}"
    large = _without_large_files(git, remote, snapshot)
    if large:
        return Missing(large, later)
    # the user's pre-push hook is about branches, and would test what is not finished
    code, _, err = git.code(
        *("push", "--no-verify", "--quiet", "--recurse-submodules=no", "--no-follow-tags"),
        *("--", remote, f"{snapshot.ref}:{snapshot.ref}"),
        env=configured({f"remote.{remote}.mirror": "false"}),  # a mirror takes no single ref
    )
    there = read_back(git, remote, [snapshot.ref])
    if isinstance(there, Missing):
        return Missing(_unreachable(remote, err) if code else there.why, later)
    found = {ids.get(snapshot.ref) for ids in there}
    if found == {snapshot.tag_id}:
        return Arrived(shown(remote))
    if code == 0:
        return Missing(f"{shown(remote)} took it, and does not have it", later)
    if found - {None, snapshot.tag_id}:
        return Taken()
    return Missing(f"{shown(remote)} refused it: {refusal(err)}", later)


def _without_large_files(git: UserGit, remote: str, snapshot: Tagged) -> str:
    """Send what Git LFS keeps beside git, which else its pre-push hook would do; return why that failed, or nothing."""
    if not Path(git.place.common_dir, "lfs", "objects").is_dir():
        return ""
    code, _, err = git.code("lfs", "push", remote, snapshot.ref)
    return f"{shown(remote)} did not get its large files (git lfs push): {complaint(err)}" if code else ""


def read_back(git: UserGit, remote: str, refs: Sequence[str]) -> list[dict[str, str]] | Missing:
    """Return what each of a remote's push addresses has of some refs, with their ids."""
    found = []
    for address in addresses(git, remote):
        code, out, err = git.code("ls-remote", "--quiet", "--", address, *refs)
        if code:
            return Missing(_unreachable(remote, err), "Try again when it can be reached.")
        lines = (line.partition("\t") for line in out.splitlines())
        found.append({ref: id_ for id_, _, ref in lines if ref in refs})
    return found


def _unreachable(remote: str, err: bytes) -> str:
    return f"{shown(remote)} cannot be reached: {shown(complaint(err))}"
