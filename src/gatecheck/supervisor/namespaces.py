"""With namespaces: users, mounts and processes of the program's own.

Sources: user_namespaces(7), pid_namespaces(7), capabilities(7).
"""

from __future__ import annotations

import os
import signal

from gatecheck.supervisor import libc as c
from gatecheck.supervisor import reaper
from gatecheck.supervisor.furniture import furnish
from gatecheck.supervisor.program import start, tell

TYPE_CHECKING = (
    False  # the name is what type checkers look for; importing it would cost as much as all else here
)
if TYPE_CHECKING:
    from typing import Any, NoReturn

_CAPABILITIES = (2, 16, 17, 19, 21, 22, 27)
"""DAC_READ_SEARCH, SYS_MODULE, SYS_RAWIO, SYS_PTRACE, SYS_ADMIN, SYS_BOOT and MKNOD: with them a room could be taken apart from inside."""
_ALL_IDS = "0 0 4294967295"


def begin(asked: dict[str, Any]) -> int:
    """Enter the namespaces and start their first process; return its number."""
    jail, libc = asked["jail"], c.Libc()
    flags = c.NEW_MOUNTS | c.NEW_IPC | (c.NEW_PIDS if jail["pids"] else 0)
    if jail["users"]:
        _enter_with_users(flags | c.NEW_USERS, libc)
    else:  # pragma: no cover -- only where root may make no user namespace: seen by test_jail.py from outside
        libc.unshare(flags)
    libc.prctl(c.PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != asked["parent"]:  # it died before we could be told
        os._exit(1)  # pragma: no cover -- a race that cannot be arranged
    child = os.fork()
    if child == 0:  # pragma: no cover -- a forked process is measured from its next call on
        _be_first(asked, libc)
    libc.prctl(c.PR_SET_DUMPABLE, 0)
    return child


def _enter_with_users(flags: int, libc: c.Libc) -> None:
    """Enter namespaces in which all users stay who they are, or where only root may say so, the one who asks."""
    user, group = os.getuid(), os.getgid()
    if user:  # pragma: no cover -- a user who is not root: seen by test_jail.py from outside
        libc.unshare(flags)
        mapped = False
    else:
        entered, ready = os.pipe()
        mapper = _mapper(os.getpid(), entered)
        libc.unshare(flags)
        os.write(ready, b".")
        mapped = os.waitpid(mapper, 0)[1] == 0
        os.close(entered)
        os.close(ready)
    if not mapped:  # pragma: no cover -- as above
        for name, text in (
            ("setgroups", "deny"),
            ("uid_map", f"{user} {user} 1"),
            ("gid_map", f"{group} {group} 1"),
        ):
            _write(f"/proc/self/{name}", text)


def _mapper(pid: int, entered: int) -> int:
    """Start a process that stays outside, since only from there all users can be mapped; return its number."""
    child = os.fork()
    if child:
        return child
    failed = 1  # pragma: no cover -- a forked process is measured from its next call on
    try:  # pragma: no cover -- as above
        os.read(entered, 1)
        _write(f"/proc/{pid}/uid_map", _ALL_IDS)
        _write(f"/proc/{pid}/gid_map", _ALL_IDS)
        failed = 0
    finally:  # pragma: no cover -- as above
        os._exit(failed)


def _write(path: str, text: str) -> None:
    with open(path, "w") as stream:
        stream.write(text)


def _be_first(asked: dict[str, Any], libc: c.Libc) -> NoReturn:
    """Be the first process in there: furnish the room, start the program, and end when it ends."""
    jail, status = asked["jail"], asked["status"]
    try:
        libc.prctl(c.PR_SET_PDEATHSIG, signal.SIGKILL)
        furnish(jail, libc)
        libc.prctl(c.PR_SET_CHILD_SUBREAPER, 1)  # where there is no pid namespace
        for capability in _CAPABILITIES:
            libc.prctl(c.PR_CAPBSET_DROP, capability)
        libc.prctl(c.PR_SET_DUMPABLE, 0)
        program = start(asked)
        while (ended := os.wait())[0] != program:
            pass  # what the program left behind and the kernel gave to us
        tell(status, "ended", os.waitstatus_to_exitcode(ended[1]))
        if not jail["pids"]:
            reaper.clear(program)
    except OSError as error:
        tell(status, "room", error)
    finally:
        os._exit(0)
