"""What a program leaves behind: the end of its output, and the files that it was to write."""

from __future__ import annotations

import shlex
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath

from gatecheck.errors import ToolError
from gatecheck.model import Completed, Side, Workspace

_LINES = 40


def tail(completed: Completed) -> str:
    """Return the last lines of a program's output, set off for a message; empty when it said nothing."""
    said = completed.output.strip()
    return "\n" + "\n".join(said.split("\n")[-_LINES:]) if said else ""


@dataclass(frozen=True, slots=True)
class Written:
    """A file that a run is to write. One that lay there before proves nothing."""

    name: str
    find: Callable[[], Path]
    """Says where it can be read, which may be another place after the run."""
    before: tuple[int, int] | None
    copy: Path

    @classmethod
    def expect(cls, workspace: Workspace, side: Side, name: str) -> Written:
        """Note how the file looks before the run. Raises ToolError when it is one of the repository's own."""
        path = (PurePosixPath(workspace.cwd) / name).as_posix()
        if path in workspace.files(side=side):
            message = f"{name} is a file of the repository, so it cannot show that these tests ran."
            raise ToolError(message, fix=f"Take {name} out of git, or let the runner write to another path.")
        folder = Path(tempfile.mkdtemp(prefix="report-", dir=workspace.scratch))
        find = partial(workspace.left, path, side=side)
        return cls(name, find, _stamp(find()), folder / PurePosixPath(name).name)

    def take(self, completed: Completed) -> Path:
        """Return a copy of the file. Raises ToolError when the run did not write it."""
        path = self.find()
        now = _stamp(path)
        if now is None or now == self.before:
            message = (
                f"The tests did not write {self.name} (exit code {completed.exit_code}).{tail(completed)}"
            )
            fix = (
                f"Let `{shlex.join(completed.argv)}` write {self.name}, or name the right path in the policy."
            )
            raise ToolError(message, fix=fix)
        shutil.copyfile(path, self.copy)
        return self.copy


def _stamp(path: Path) -> tuple[int, int] | None:
    if path.is_symlink() or not path.is_file():
        return None
    told = path.stat()
    return told.st_mtime_ns, told.st_ino
