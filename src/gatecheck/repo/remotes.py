"""The user's remotes: to which one git would push, where that is, and what is shown of it and of what it says."""

from __future__ import annotations

import re
from collections.abc import Callable

from gatecheck.repo.asking import complaint
from gatecheck.repo.user_git import UserGit

_LOGIN = re.compile(r"(?<=//)[^/@\s]+@")
"""Who logs in, and maybe with which password: never shown."""
_SETTINGS = r"^(remote|branch)\."


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


def addresses(git: UserGit, remote: str) -> list[str]:
    """Return where git pushes to: a remote may have several addresses, and others than those that it is fetched from."""
    code, out, _ = git.code("remote", "get-url", "--push", "--all", remote)
    return [remote] if code else out.split("\n")


def shown(remote: str) -> str:
    """Return a remote's name or address, or what is said of it, without who logs in."""
    return _LOGIN.sub("", remote)


def refusal(err: bytes) -> str:
    """Return why a remote refused: its own words, else git's."""
    lines = err.decode("utf-8", "replace").splitlines()
    own = [line.removeprefix("remote:").strip() for line in lines if line.startswith("remote:")]
    told = [line for line in own if line] or [line.strip() for line in lines if "rejected]" in line]
    return "; ".join(told[:3]) or complaint(err)
