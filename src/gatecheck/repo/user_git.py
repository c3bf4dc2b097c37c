"""The user's git, with the user's configuration, in the user's repository: for commands that act, as the user would by hand.

Judging commands never come here (see `gatecheck.repo.repository`): this git runs hooks, filters and whatever else is configured.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from gatecheck.errors import ToolError
from gatecheck.place import Place
from gatecheck.process import LIMIT, ask
from gatecheck.repo.command import last_line

_LOCAL = (
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_CONFIG",
    "GIT_CONFIG_PARAMETERS",
    "GIT_CONFIG_COUNT",
    "GIT_OBJECT_DIRECTORY",
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_GRAFT_FILE",
    "GIT_INDEX_FILE",
    "GIT_NO_REPLACE_OBJECTS",
    "GIT_REPLACE_REF_BASE",
    "GIT_PREFIX",
    "GIT_SHALLOW_FILE",
    "GIT_COMMON_DIR",
    "GIT_INTERNAL_SUPER_PREFIX",
)
"""Variables that a hook inherits and that would send git to another repository. Source: `git rev-parse --local-env-vars`."""


class UserGit:
    """Runs git where the user works."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self._where = place.work_tree or place.git_dir

    def __call__(self, *args: str, stdin: bytes = b"", env: Mapping[str, str] | None = None) -> str:
        """Run git and return what it prints, without the last newline. Raises ToolError when it fails."""
        code, out, err = self.code(*args, stdin=stdin, env=env)
        if code:
            raise ToolError(
                f"git {args[0]} failed (exit {code}): {last_line(err)}",
                fix="Mend what git names, and try again.",
            )
        return out

    def code(
        self, *args: str, stdin: bytes = b"", env: Mapping[str, str] | None = None, limit: float = LIMIT
    ) -> tuple[int, str, bytes]:
        """Run git and return its exit code, its output (decoded as paths are) without the last newline, and its complaints.

        `limit` is in seconds of wall-clock time. Raises ToolError when git does not end within it.
        """
        around = self.environment(env)
        code, out, err = ask(["git", *args], env=around, stdin=stdin, cwd=self._where, limit=limit)
        return code, os.fsdecode(out).removesuffix("\n"), err

    def environment(self, more: Mapping[str, str] | None = None) -> dict[str, str]:
        """Return the variables that git gets: the user's, without those that would send it to another repository."""
        around = {name: value for name, value in os.environ.items() if name not in _LOCAL}
        return {**around, **(more or {})}
