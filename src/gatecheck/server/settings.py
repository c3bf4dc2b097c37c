"""The settings of git that a server needs besides its hooks. Source: git-config(1), receive.*."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from gatecheck.repo import UserGit
from gatecheck.server.rules import HIDDEN

REWRITES = ("receive.denyDeletes", "receive.denyNonFastForwards")
"""Those that are about every branch; the hook itself is strict only with protected ones."""
WANTED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "receive.fsckObjects": ("true",),
        "receive.denyDeletes": ("true",),
        "receive.denyNonFastForwards": ("true",),
        "receive.hideRefs": HIDDEN,
        "receive.shallowUpdate": ("false",),
    }
)


def values(git: UserGit, key: str) -> list[str]:
    """Return what the repository's own configuration says of a key."""
    code, out, _ = git.code("config", "--local", "--null", "--get-all", key)
    return [] if code else out.split("\0")[:-1]


def wanted(*, rewrites: bool) -> dict[str, tuple[str, ...]]:
    """Return which values must be there; what others hide besides stays hidden."""
    return {key: value for key, value in WANTED.items() if not (rewrites and key in REWRITES)}


def put(git: UserGit, key: str, wanted_values: tuple[str, ...]) -> None:
    """Set a key: one that has several values keeps those of others. Raises ToolError."""
    if len(wanted_values) == 1:
        git("config", "--local", "--replace-all", key, *wanted_values)
        return
    there = values(git, key)
    for value in wanted_values:
        if value not in there:
            git("config", "--local", "--add", key, value)


def put_back(git: UserGit, key: str, before: list[str]) -> None:
    """Give a key the values that it had. Raises ToolError."""
    if values(git, key) == before:
        return
    git.code("config", "--local", "--unset-all", key)
    for value in before:
        git("config", "--local", "--add", key, value)


def effective(git: UserGit, key: str) -> list[str]:
    """Return what git goes by, from all its files; true and false in their one spelling."""
    kind = () if key == "receive.hideRefs" else ("--type=bool",)
    code, out, _ = git.code("config", "--null", *kind, "--get-all", key)
    return [] if code else out.split("\0")[:-1]


def loosened(git: UserGit) -> list[str]:
    """Return settings by which objects come in that fsck would refuse. Source: git-config(1), receive.fsck.<msg-id>."""
    code, out, _ = git.code("config", "--get-regexp", r"^(receive\.fsck\..*|receive\.procreceiverefs)$")
    return [] if code else out.splitlines()
