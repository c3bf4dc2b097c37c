"""What this process does so that no program of a gate can read it, or get away from it."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
from collections.abc import Container, Iterator
from functools import cache
from pathlib import Path

_PR_SET_DUMPABLE, _PR_SET_CHILD_SUBREAPER = 4, 36


@cache
def protect() -> None:
    """Hide this process's memory and environment from others of the same user, and be the heir of orphans. Source: prctl(2)."""
    if sys.platform == "linux":  # pragma: no branch -- tests run on Linux
        libc = ctypes.CDLL(None)
        libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
        libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def kill_orphans(live: Container[int]) -> None:
    """Kill what was handed to this process when its supervisor was killed: our children that are in other sessions."""
    for _ in range(100):  # pragma: no branch -- what is killed may hand us its own children
        orphans = [pid for pid in _children_elsewhere() if pid not in live]
        if not orphans:
            return
        for pid in orphans:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, 0)


def _children_elsewhere() -> Iterator[int]:
    """Yield our children that are not in our session. Source: proc_pid_stat(5)."""
    own = (str(os.getpid()), str(os.getsid(0)))
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            _, parent, _, session = stat.read_text(errors="replace").rpartition(")")[2].split()[:4]
            if parent == own[0] and session != own[1]:
                yield int(stat.parent.name)
