"""Which changed files are Python: by name, or by a first line that names Python where the name tells nothing."""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from gatecheck.errors import CannotTell
from gatecheck.model import Change, ChangedPath, Side, Workspace

_SUFFIXES = (".py", ".pyw")
_RUN_BY_PYTHON = re.compile(rb"#![^\n]*python")


@dataclass(frozen=True, slots=True)
class File:
    """A changed Python file on one side."""

    path: str
    blob: str
    side: Side

    @property
    def place(self) -> str:
        """Where it is laid for a scan."""
        return f"{self.side}/{self.path}"


def may_be_python(changed: ChangedPath) -> bool:
    """Tell whether the merge result may have Python at a path, from its name alone."""
    return changed.blob is not None and stat.S_ISREG(changed.mode) and _may_be(changed.path)


def python_files(workspace: Workspace, change: Change) -> tuple[File, ...]:
    """Return the changed Python files of both sides. Raises CannotTell when one of the merge result is not to be had."""
    return (*_of_base(workspace, change), *_of_merge(workspace, change))


def _of_merge(workspace: Workspace, change: Change) -> Iterator[File]:
    for changed in filter(may_be_python, change.paths):
        data = workspace.read(changed.path)
        if data is None:
            fix = "Let `inputs` of this gate match all Python files, or take it out of the policy."
            raise CannotTell(f"{changed.path} is changed, and this gate cannot read it", fix=fix)
        if _is_python(changed.path, data):
            yield File(changed.path, str(changed.blob), "merge")


def _of_base(workspace: Workspace, change: Change) -> Iterator[File]:
    for changed in change.paths:
        path = changed.old_path or changed.path
        if changed.old_blob is None or not _may_be(path):
            continue
        data = workspace.read(path, side="base")  # None: a link or a submodule
        if data is not None and _is_python(path, data):
            yield File(path, changed.old_blob, "base")


def _may_be(path: str) -> bool:
    suffix = PurePosixPath(path).suffix
    return not suffix or suffix.lower() in _SUFFIXES


def _is_python(path: str, data: bytes) -> bool:
    return bool(PurePosixPath(path).suffix) or _RUN_BY_PYTHON.match(data) is not None
