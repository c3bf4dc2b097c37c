"""Without namespaces: the heir of everything that a program starts, so that it can be found and killed."""

from __future__ import annotations

import os
import signal
import sys

from gatecheck.supervisor.libc import PR_SET_CHILD_SUBREAPER, PR_SET_DUMPABLE, PR_SET_PDEATHSIG, Libc
from gatecheck.supervisor.program import kill, start

TYPE_CHECKING = (
    False  # the name is what type checkers look for; importing it would cost as much as all else here
)
if TYPE_CHECKING:
    from typing import Any

_LINUX = sys.platform == "linux"
_PAUSE = 0.02
"""Seconds until we look again for what was not dead yet."""


def begin(asked: dict[str, Any]) -> int:
    """Start the program; return its number."""
    if _LINUX:  # pragma: no branch -- tests run on Linux
        libc = Libc()
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        libc.prctl(PR_SET_CHILD_SUBREAPER, 1)
        libc.prctl(PR_SET_DUMPABLE, 0)
    if os.getppid() != asked["parent"]:  # it died before we could be told
        os._exit(1)  # pragma: no cover -- a race that cannot be arranged
    return start(asked)


def reap(child: int) -> int | None:
    """Take note of all processes that ended; return the exit code of the one that matters if it is among them."""
    found = None
    while True:
        try:
            pid, state = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return found
        if pid == 0:
            return found
        if pid == child:
            found = os.waitstatus_to_exitcode(state)


def clear(program: int) -> None:
    """Kill what a program left: its group, and all that was handed to us, until none is left."""
    try:
        os.killpg(program, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass
    while _has_children() and _LINUX:
        for pid in descendants():
            kill(pid)
        signal.sigtimedwait({signal.SIGCHLD}, _PAUSE)


def _has_children() -> bool:
    reap(0)
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True


def descendants() -> list[int]:
    """Return all processes below this one. Source: proc_pid_stat(5)."""
    children: dict[int, list[int]] = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", "rb") as stream:
                    parent = int(stream.read().rpartition(b")")[2].split()[1])
            except OSError:
                continue
            children.setdefault(parent, []).append(int(name))
    found: list[int] = []
    todo = [os.getpid()]
    while todo:
        below = children.get(todo.pop(), [])
        found += below
        todo += below
    return found
