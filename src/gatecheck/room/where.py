"""Over which files, from which folder and with which tools a program runs, and the variables that follow from it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from gatecheck.room.environment import Tools
from gatecheck.room.stage import Stage


class Where(NamedTuple):
    """The place of one program."""

    stage: Stage
    cwd: Path
    tools: Tools | None
    """None: nothing of the project's environment, only what gatecheck itself has."""

    def argv(self, argv: tuple[str, ...]) -> tuple[str, ...]:
        """Return the command line with the side's interpreter for `python`."""
        if self.tools and argv[0] in {"python", "python3"}:
            return (str(self.tools.python.executable), *argv[1:])
        return argv

    def variables(self, env: Mapping[str, str]) -> dict[str, str]:
        """Return what the program sees of the environment, with `env` on top of it."""
        tools, path = self.tools, {"PATH": os.environ.get("PATH", os.defpath)}
        found = {
            "GIT_CEILING_DIRECTORIES": str(self.stage.tree.parent),
            **(tools.variables() if tools else path),
            **env,
        }
        roots = tools.source_roots(self.stage.tree) if tools else ()
        if roots := (*filter(None, [env.get("PYTHONPATH", "")]), *roots):
            found["PYTHONPATH"] = os.pathsep.join(roots)
        return found
