"""How git is called: with which environment, and in which versions."""

from __future__ import annotations

import os
import re
from pathlib import Path

from gatecheck.errors import ToolError
from gatecheck.place import Place
from gatecheck.process import ask

OLDEST_GIT = (2, 38)
"""`git merge-tree --write-tree` came with it."""
_NO_LAZY_FETCH_SINCE = {39: 4, 40: 2, 41: 1, 42: 2, 43: 4, 44: 1}
"""Minor version of git 2 to the first patch version that obeys GIT_NO_LAZY_FETCH."""


def git_environment() -> dict[str, str]:
    """Return an environment in which git reads no configuration but the repository's own, and fetches nothing."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "LC_ALL": "C",
        "HOME": "/nonexistent",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_SYSTEM": os.devnull,
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_GRAFT_FILE": "/nonexistent",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TERMINAL_PROMPT": "0",
    }


def check_git() -> str:
    """Return which git there is: `git version 2.39.5`. Raises ToolError when it is too old."""
    said, version = _git_version()
    if version < OLDEST_GIT:
        raise ToolError(
            f"gatecheck needs git {'.'.join(map(str, OLDEST_GIT))} or newer; this is {said!r}",
            fix="Install a newer git and put it first on PATH.",
        )
    return said


def is_partial(place: Place) -> bool:
    """Tell whether a repository may be a partial clone: one that lacks objects and has a remote that promised them."""
    try:
        config = Path(place.common_dir, "config").read_bytes().lower()
    except OSError:
        return False
    return any(word in config for word in (b"promisor", b"partialclone", b"include"))


def refuse_lazy_fetch(place: Place) -> None:
    """Raise ToolError where git would fetch what is missing, by a program that the repository's configuration names.

    GIT_NO_LAZY_FETCH forbids it since git 2.45.0, and in the versions that brought it to older series (release notes of 2.39.4).
    """
    if not is_partial(place):
        return
    said, (major, minor, patch) = _git_version()
    if (major, minor) < (2, 45) and patch < _NO_LAZY_FETCH_SINCE.get(minor, patch + 1):
        raise ToolError(
            f"{said} cannot be kept from fetching in this partial clone",
            fix="Install git 2.45 or newer, or use a full clone.",
        )


def last_line(err: bytes) -> str:
    """Return the last thing that git complained about."""
    lines = err.decode("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else "it says nothing"


def _git_version() -> tuple[str, tuple[int, int, int]]:
    _, out, _ = ask(["git", "--version"], env=git_environment())
    said = out.decode("ascii", "replace").strip()
    found = re.search(r"(\d+)\.(\d+)(?:\.(\d+))?", said)
    return said, (int(found[1]), int(found[2]), int(found[3] or 0)) if found else (0, 0, 0)
