"""What pre-receive let pass, written down for the tripwire that git asks when the refs really move.

A file for each push, named after the process that receives it: that starts both hooks. Its first line tells when that process began,
so another one that gets the same number later is not taken for it. Source: proc_pid_stat(5).
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path

from gatecheck.errors import CannotTell
from gatecheck.server.rules import GUARDED
from gatecheck.server.updates import Update

FOLDER = "gatecheck/pushes"
_STARTED = 19
"""Which word behind the name of a process tells when it began."""


def write(
    common: str, receiver: int, moved: Iterable[tuple[Update, tuple[str, ...]]], proven: frozenset[str]
) -> None:
    """Write down what may move: each update with all names of its ref, and which refs move only with the proofs in the same push.

    Raises CannotTell when the disk does not take it.
    """
    lines = [f"gatecheck-push 1 {begun(receiver)}"]
    for update, names in moved:
        word = "proven" if proven.intersection(names) else "free"
        lines += [f"{word} {update.new} {name}" for name in dict.fromkeys(names) if name.startswith(GUARDED)]
        if update.ref.startswith("refs/gatecheck/"):
            lines.append(f"with {update.new} {update.ref}")
    folder = Path(common, FOLDER)
    path = folder / str(receiver)
    fresh = folder / f"{receiver}.new"
    try:
        sweep(folder)
        fresh.write_bytes("\n".join([*lines, "end", ""]).encode("utf-8", "surrogateescape"))
        fresh.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            fresh.unlink(missing_ok=True)
        raise CannotTell(
            f"the server cannot take the push: {error.strerror} ({path})",
            fix="Tell whoever runs the server: its disk is full, or gatecheck server install must be run again.",
        ) from error


def begun(pid: int) -> str:
    """Return when a process began, as the system counts it; `-` where it does not tell."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return "-"
    return stat.rpartition(")")[2].split()[_STARTED]


def sweep(folder: Path) -> None:
    """Remove what was written for processes that are gone. Raises OSError."""
    for path in folder.iterdir():
        try:
            os.kill(int(path.name.partition(".")[0]), 0)
        except (ProcessLookupError, ValueError, OverflowError):
            path.unlink(missing_ok=True)
        except PermissionError:  # somebody else's, and alive
            continue
