"""Where a command's report stands, and whether this run wrote it: a report that was there before proves nothing."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from gatecheck.errors import ToolError
from gatecheck.model import Completed

SCRATCH = "{scratch}"
"""In a command line or a report's path: a folder of this run's own, outside the tree and empty."""
STDOUT = "-"
MAX_BYTES = 64 * 1024 * 1024
_CUT = re.compile(r"^\[gatecheck: [\d,]+ bytes left out\]$", re.MULTILINE)
"""The line in `Completed.output` that stands for what is only in the log."""

_Mark = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class ReportFile:
    """A report's place, as it was before the run."""

    name: str
    """As the policy has it."""
    find: Callable[[], Path]
    """Says where it can be read; for the tree that may be another place after the run."""
    before: _Mark | None

    def read(self) -> bytes:
        """Return what the run wrote. Raises ToolError when there is nothing new, or nothing that should be read."""
        try:
            # A report is written by the code that is judged: never wait on a pipe, never follow a link elsewhere
            opened = os.open(self.find(), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError as error:
            message = f"The command ended without writing its report {self.name} ({error.strerror})."
            raise ToolError(
                message, fix=f"Let it write {self.name} (a path from the tree's root)."
            ) from error
        try:
            self._check(os.fstat(opened))
            with open(opened, "rb", closefd=False) as file:
                return file.read(MAX_BYTES)
        finally:
            os.close(opened)

    def _check(self, now: os.stat_result) -> None:
        if not stat.S_ISREG(now.st_mode) or now.st_size > MAX_BYTES:
            message = f"The report {self.name} is no plain file of at most {MAX_BYTES:,} bytes."
            raise ToolError(message, fix="Let the command write a smaller report, or split the command.")
        if _mark(now) == self.before:
            message = f"The report {self.name} was there before the run, which did not write it again."
            fix = f"Take {self.name} out of git if it is there, and let the command write it anew, best to {SCRATCH}."
            raise ToolError(message, fix=fix)


def report_file(name: str, *, left: Callable[[str], Path], scratch: Path) -> ReportFile:
    """Note where a report will stand, and what stands there now. `left` says where a file of the tree can be read.

    Raises ToolError when the report lies behind a symbolic link.
    """

    def find() -> Path:
        if name.startswith(SCRATCH):
            return _inside(Path(name.replace(SCRATCH, str(scratch))), scratch, name)
        return left(name)

    try:
        before = _mark(find().lstat())
    except OSError:
        before = None
    return ReportFile(name, find, before)


def _inside(path: Path, folder: Path, name: str) -> Path:
    if not path.parent.resolve().is_relative_to(folder.resolve()):
        message = f"The report {name} lies outside the scratch folder, behind a symbolic link."
        raise ToolError(message, fix="Let the command write its report to a plain path.")
    return path


def output(completed: Completed) -> bytes:
    """Return all that the program printed. Raises ToolError when it is more than can be read."""
    if not _CUT.search(completed.output):
        return completed.output.encode("utf-8", "replace")
    with completed.log.open("rb") as log:
        log.seek(completed.log_start)
        data = log.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        message = (
            f"The command printed more than {MAX_BYTES:,} bytes, so what it examined cannot be counted there."
        )
        raise ToolError(message, fix="Let it print less, or write a report file.")
    return data


def _mark(state: os.stat_result) -> _Mark:
    return (state.st_ino, state.st_size, state.st_mtime_ns, state.st_ctime_ns)
