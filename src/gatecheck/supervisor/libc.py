"""The system calls that Python has no function for. Each raises OSError that says what was tried.

Sources: prctl(2), unshare(2), mount(2), mount_setattr(2), and the headers of Linux for the numbers.
"""

from __future__ import annotations

import ctypes
import os

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_CAPBSET_DROP, PR_SET_CHILD_SUBREAPER = 1, 4, 24, 36
NEW_MOUNTS, NEW_IPC, NEW_USERS, NEW_PIDS = 0x20000, 0x8000000, 0x10000000, 0x20000000
READ_ONLY, NO_SETUID, NO_DEVICES, NO_PROGRAMS = 1, 2, 4, 8
BIND, RECURSIVE, PRIVATE = 0x1000, 0x4000, 0x40000
_MOUNT_SETATTR = 442
"""The same on every architecture: it is younger than the common table of numbers."""
_CURRENT_FOLDER, _AT_RECURSIVE = -100, 0x8000
_ATTRIBUTES = ctypes.c_uint64 * 4
"""attr_set, attr_clr, propagation, userns_fd."""


class Libc:
    """The C library of this process."""

    def __init__(self) -> None:
        self._libc = ctypes.CDLL(None, use_errno=True)

    def prctl(self, option: int, value: int) -> None:
        """Change something about this process."""
        _checked(f"prctl {option}", self._libc.prctl(option, ctypes.c_ulong(value), 0, 0, 0))

    def unshare(self, flags: int) -> None:
        """Enter new namespaces (with `NEW_PIDS`: for the processes that are started from now on)."""
        _checked("new namespaces", self._libc.unshare(flags))

    def mount(self, source: bytes, target: bytes, kind: bytes, flags: int, options: str = "") -> None:
        """Mount something, or change a mount."""
        done = self._libc.mount(source, target, kind, ctypes.c_ulong(flags), options.encode())
        _checked(f"mount {kind.decode() or 'again'} on {os.fsdecode(target)}", done)

    def set_read_only(self, target: bytes, *, wanted: bool) -> None:
        """Make a mount and all below it read-only, or the other way round."""
        attributes = _ATTRIBUTES(READ_ONLY if wanted else 0, 0 if wanted else READ_ONLY, 0, 0)
        size = ctypes.c_size_t(ctypes.sizeof(attributes))
        told = (_CURRENT_FOLDER, target, _AT_RECURSIVE, ctypes.byref(attributes), size)
        done = self._libc.syscall(ctypes.c_long(_MOUNT_SETATTR), *told)
        _checked(f"set what may be written below {os.fsdecode(target)}", done)


def _checked(what: str, done: int) -> None:
    if done:
        raise OSError(ctypes.get_errno(), what)
