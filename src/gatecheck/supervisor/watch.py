"""Waits for the program, or for the order to end it, and leaves nothing of it behind."""

from __future__ import annotations

import marshal
import os
import signal
import sys

from gatecheck.supervisor import namespaces, reaper
from gatecheck.supervisor.program import kill, tell

TYPE_CHECKING = (
    False  # the name is what type checkers look for; importing it would cost as much as all else here
)
if TYPE_CHECKING:
    from typing import Any


def main() -> int:
    """Run the program that standard input asks for."""
    asked: dict[str, Any] = marshal.loads(sys.stdin.buffer.read())  # noqa: S302 -- written by gatecheck, through a pipe
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGCHLD})
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    status = asked["status"]
    os.set_inheritable(status, False)  # noqa: FBT003 -- it takes no keyword
    try:
        child = namespaces.begin(asked) if asked["jail"] else reaper.begin(asked)
    except (
        OSError
    ) as error:  # pragma: no cover -- where the kernel refuses namespaces: seen by test_jail.py from outside
        tell(status, "room", error)
        return 1
    code = _end_of(child)
    if not asked["jail"]:
        if code is not None:
            tell(status, "ended", code)
        reaper.clear(child)
    return 0


def _end_of(child: int) -> int | None:
    """Return the exit code of a child when it has ended; None when we were told to end it, and did."""
    while True:
        if signal.sigwait({signal.SIGTERM, signal.SIGCHLD}) == signal.SIGTERM:
            kill(child)
            os.waitpid(child, 0)
            return None
        code = reaper.reap(child)
        if code is not None:
            return code
