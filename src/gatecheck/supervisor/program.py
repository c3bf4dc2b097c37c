"""The program itself: started, limited, and its end told."""

from __future__ import annotations

import marshal
import os
import resource
import signal

TYPE_CHECKING = (
    False  # the name is what type checkers look for; importing it would cost as much as all else here
)
if TYPE_CHECKING:
    from typing import Any

_MOST_PROCESSES = 8192
"""Processes and threads in one user namespace."""
_LARGEST_FILE = 32 * 1024**3
"""Bytes that a program may write to one file."""
_CANNOT_START = 127


def start(asked: dict[str, Any]) -> int:
    """Start the program in a session of its own; return its number."""
    child = os.fork()
    if child:
        return child
    try:  # pragma: no cover -- this process becomes the program, and what was measured is gone with it
        os.setsid()
        for number in (
            signal.SIGPIPE,
            signal.SIGXFSZ,
        ):  # Python ignores them, and the program would inherit that
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, [])
        _limit(of_namespace=bool(asked["jail"] and asked["jail"]["users"]))
        os.chdir(asked["cwd"])
        os.execvpe(asked["argv"][0], asked["argv"], asked["env"])  # noqa: S606 -- starting it is what this is for
    except (OSError, ValueError) as error:  # pragma: no cover -- as above
        tell(asked["status"], "start", error)
    finally:  # pragma: no cover -- as above
        os._exit(_CANNOT_START)


def _limit(*, of_namespace: bool) -> None:
    """Set the limits of resources; that on processes only where it does not count all that the user runs elsewhere."""
    _bound(resource.RLIMIT_CORE, 0)
    _bound(resource.RLIMIT_FSIZE, _LARGEST_FILE)
    if of_namespace:
        _bound(resource.RLIMIT_NPROC, _MOST_PROCESSES)


def _bound(which: int, most: int) -> None:
    _, hard = resource.getrlimit(which)
    wanted = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(which, (wanted, wanted))


def tell(status: int, what: str, how: int | Exception) -> None:
    """Say how it went: `ended` with an exit code, or `start` or `room` with the error. What is said first counts."""
    if isinstance(how, OSError):
        told = {"what": what, "errno": how.errno, "message": str(how.strerror)}
    elif isinstance(
        how, Exception
    ):  # pragma: no cover -- said by the process that could not become the program
        told = {"what": what, "errno": 0, "message": str(how)}
    else:
        told = {"what": what, "code": how}
    os.write(status, marshal.dumps(told))


def kill(pid: int) -> None:
    """Kill a process; that it is gone already is fine."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
