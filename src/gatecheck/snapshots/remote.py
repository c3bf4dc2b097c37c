"""The other place where a snapshot is kept: which remote, the push, and the look whether it has arrived."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from gatecheck.repo import UserGit
from gatecheck.snapshots.asking import complaint, configured
from gatecheck.snapshots.objects import Tagged

_LOGIN = re.compile(r"(?<=//)[^/@\s]+@")
"""Who logs in, and maybe with which password: never shown."""
_SETTINGS = r"^(remote|branch)\."


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


def push_remote(git: UserGit, branch: str | None) -> str | None:
    """Return the remote to which git would push a branch, else origin, else the only one; None when there is none to choose."""
    return push_remotes(git)(branch)


def push_remotes(git: UserGit) -> Callable[[str | None], str | None]:
    """Return what `push_remote` returns for each branch, with the configuration read once.

    Source: git-config(1), branch.<name>.pushRemote, remote.pushDefault and branch.<name>.remote.
    """
    _, out, _ = git.code("config", "--null", "--get-regexp", _SETTINGS)
    settings = dict(line.partition("\n")[::2] for line in out.split("\0") if line)
    urls = (re.fullmatch(r"remote\.(.+)\.url", name, re.DOTALL) for name in settings)
    remotes = [found[1] for found in urls if found]
    otherwise = "origin" if "origin" in remotes else remotes[0] if len(remotes) == 1 else None

    def of(branch: str | None) -> str | None:
        names = (f"branch.{branch}.pushremote", "remote.pushdefault", f"branch.{branch}.remote")
        return next((word for name in names if (word := settings.get(name, ".")) not in {".", ""}), otherwise)

    return of


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


def addresses(git: UserGit, remote: str) -> list[str]:
    """Return where git pushes to: a remote may have several addresses, and others than those that it is fetched from."""
    code, out, _ = git.code("remote", "get-url", "--push", "--all", remote)
    return [remote] if code else out.split("\n")


def _unreachable(remote: str, err: bytes) -> str:
    return f"{shown(remote)} cannot be reached: {shown(complaint(err))}"


def shown(remote: str) -> str:
    """Return a remote's name or address, or what is said of it, without who logs in."""
    return _LOGIN.sub("", remote)


def refusal(err: bytes) -> str:
    """Return why a remote refused: its own words, else git's."""
    lines = err.decode("utf-8", "replace").splitlines()
    own = [line.removeprefix("remote:").strip() for line in lines if line.startswith("remote:")]
    told = [line for line in own if line] or [line.strip() for line in lines if "rejected]" in line]
    return "; ".join(told[:3]) or complaint(err)
