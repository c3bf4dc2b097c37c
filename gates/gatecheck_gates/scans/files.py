"""Which changed files are Python: by name, or by a first line that names Python where the name tells nothing."""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from gatecheck.errors import CannotTell
from gatecheck.model import Change, ChangedPath, Side, Workspace

_SUFFIXES = frozenset({".py", ".pyw"})
_OF_SCRIPTS = frozenset({"", ".cgi", ".fcgi", ".wsgi", ".command"})
_NO_SUFFIX = re.compile(r"\.[^a-zA-Z]*")
"""What follows the last dot of `deploy-1.2`."""
_RUN_BY_PYTHON = re.compile(rb"#![^\n]*(?:python|pypy|\buv[ \t]+run\b|\buvx\b|\bpipx[ \t]+run\b)")
_TO_RUN = 0o111


@dataclass(frozen=True, slots=True)
class File:
    """A Python file on one side that the change concerns."""

    path: str
    blob: str
    """By what its content is known."""
    side: Side
    target: str = ""
    """Where the content lies, if `path` is a symbolic link."""
    itself: bool = False
    """The target is Python by its own name too."""

    @property
    def place(self) -> str:
        """Where it is laid for a scan."""
        return f"{self.side}/{self.path}"

    @property
    def source(self) -> str:
        """The path at which its content is read."""
        return self.target or self.path


def python_files(workspace: Workspace, change: Change) -> tuple[File, ...]:
    """Return the changed Python files of both sides. Raises CannotTell when one of the merge result is not to be had."""
    return (*_of_base(workspace, change), *_of_merge(workspace, change))


def _of_merge(workspace: Workspace, change: Change) -> Iterator[File]:
    for changed in change.paths:
        if changed.blob is None or not stat.S_ISREG(changed.mode) or not _to_be_read(changed.path, changed):
            continue
        data = workspace.read(changed.path)
        if data is None:
            fix = "Let `inputs` of this gate match all Python files, or take it out of the policy."
            raise CannotTell(f"{changed.path} is changed, and this gate cannot read it", fix=fix)
        if is_python(changed.path, data):
            yield File(changed.path, changed.blob, "merge")


def _of_base(workspace: Workspace, change: Change) -> Iterator[File]:
    for changed in change.paths:
        path = changed.old_path or changed.path
        if changed.old_blob is None or not _to_be_read(path, changed):
            continue
        data = workspace.read(path, side="base")  # None: a link or a submodule
        if data is not None and is_python(path, data):
            yield File(path, changed.old_blob, "base")


def _to_be_read(path: str, changed: ChangedPath) -> bool:
    return may_be(path) or (stat.S_ISREG(changed.mode) and bool(changed.mode & _TO_RUN))


def may_be(path: str) -> bool:
    """Tell from its name alone whether a file may be Python, be it for running or not."""
    suffix = PurePosixPath(path).suffix.lower()
    return suffix in _SUFFIXES or suffix in _OF_SCRIPTS or _NO_SUFFIX.fullmatch(suffix) is not None


def says_python(path: str) -> bool:
    """Tell whether a name is that of a Python file, whatever is in it."""
    return PurePosixPath(path).suffix.lower() in _SUFFIXES


def is_python(path: str, data: bytes) -> bool:
    """Tell whether a file is Python."""
    return says_python(path) or _RUN_BY_PYTHON.match(data) is not None
