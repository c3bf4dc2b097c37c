"""How the user's git is asked here: what would get in the way of a backup is switched off, and a refusal is told in git's own words."""

from __future__ import annotations

import os
from collections.abc import Mapping

from gatecheck.errors import ToolError
from gatecheck.repo import UserGit

_SETTINGS = {
    "core.hooksPath": os.devnull,  # post-index-change speaks of an index that is not the user's
    "core.splitIndex": "false",  # half of a split index would be written beside the user's
    "core.safecrlf": "false",  # a backup of a file that git would convert is better than none
    "core.fsync": "committed,reference",  # a backup must be there after a loss of power
    "core.fsyncMethod": "batch",
    "add.ignoreErrors": "false",
    "i18n.commitEncoding": "UTF-8",
}


def configured(settings: Mapping[str, str]) -> dict[str, str]:
    """Return variables that set git's configuration for one command."""
    pairs = list(enumerate(settings.items()))
    return {
        "GIT_CONFIG_COUNT": str(len(pairs)),
        **{f"GIT_CONFIG_KEY_{number}": name for number, (name, _) in pairs},
        **{f"GIT_CONFIG_VALUE_{number}": value for number, (_, value) in pairs},
    }


QUIETLY: Mapping[str, str] = {**configured(_SETTINGS), "GIT_OPTIONAL_LOCKS": "0"}
"""Variables for commands that only make objects: no hook, nothing written but the objects, and those durably."""
DURABLY: Mapping[str, str] = configured({"core.fsync": "committed,reference"})
"""Variables for moves of refs: the user's hooks have their say."""
LITERALLY = {"GIT_LITERAL_PATHSPECS": "1"}
"""Paths mean themselves, whatever characters they have."""
_PHRASES = ("hint:", "Please make sure you have the correct access rights", "and the repository exists.")
"""Lines that git adds and that say nothing about what happened."""
_LINES = 3
"""Of what git complains about, the last lines; the very last is often only `fatal: updating files failed`."""


def run(git: UserGit, *args: str, stdin: bytes = b"", env: Mapping[str, str] = QUIETLY, fix: str = "") -> str:
    """Run git and return what it prints, without the last newline. Raises ToolError in git's words when it fails."""
    code, out, err = git.code(*args, stdin=stdin, env=env)
    if code:
        raise ToolError(
            f"git {args[0]} failed (exit {code}): {complaint(err)}",
            fix=fix or "Mend what git names (a full disk, a folder that cannot be written), and try again.",
        )
    return out


def complaint(err: bytes) -> str:
    """Return the last lines of what git complains about, as one line."""
    lines = [line.strip() for line in err.decode("utf-8", "replace").splitlines()]
    told = [line for line in lines if line and not line.startswith(_PHRASES)]
    return "; ".join(told[-_LINES:]) or "it says nothing"
