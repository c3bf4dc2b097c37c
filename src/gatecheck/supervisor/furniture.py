"""What can be seen and written in a jail. Sources: mount_namespaces(7), Documentation/filesystems/overlayfs.rst of Linux."""

from __future__ import annotations

import os

from gatecheck.supervisor import libc as c

TYPE_CHECKING = (
    False  # the name is what type checkers look for; importing it would cost as much as all else here
)
if TYPE_CHECKING:
    from typing import Any

_SHARED_MEMORY = b"/dev/shm"


def furnish(jail: dict[str, Any], libc: c.Libc) -> None:
    """Lay out the files. Everything that is not named stays as it is outside."""
    libc.mount(b"none", b"/", b"", c.RECURSIVE | c.PRIVATE)
    # before anything is read-only: through these names upper folders stay writable for the kernel, and for nobody else
    layers = [(of["target"], _hold(of["upper"]), _hold(of["work"]), of["lower"]) for of in jail["layers"]]
    for path in jail[
        "fixed"
    ]:  # what is mounted cannot be renamed, so nothing else can come to lie at the paths below it
        libc.mount(path, path, b"", c.BIND | c.RECURSIVE)
    for path in jail["read_only"]:
        libc.mount(path, path, b"", c.BIND | c.RECURSIVE)
        libc.set_read_only(path, wanted=True)
    for target, upper, work, lower in layers:
        options = f"lowerdir={':'.join(map(_hold, lower))},upperdir={upper},workdir={work},volatile"
        libc.mount(b"overlay", target, b"overlay", 0, options + (",userxattr" if jail["users"] else ""))
    for path in jail["writable"]:
        libc.mount(path, path, b"", c.BIND | c.RECURSIVE)
        libc.set_read_only(path, wanted=False)
    for path in jail["hidden"]:
        if os.path.isdir(path):
            options = "mode=755,size=4k"
            libc.mount(b"tmpfs", path, b"tmpfs", c.READ_ONLY | c.NO_SETUID | c.NO_DEVICES, options)
        elif os.path.lexists(path):
            libc.mount(os.devnull.encode(), path, b"", c.BIND)
    if os.path.isdir(_SHARED_MEMORY):  # pragma: no branch -- it is there wherever tests run
        libc.mount(b"tmpfs", _SHARED_MEMORY, b"tmpfs", c.NO_SETUID | c.NO_DEVICES, "mode=1777")
    if jail["pids"]:
        libc.mount(b"proc", b"/proc", b"proc", c.NO_SETUID | c.NO_DEVICES | c.NO_PROGRAMS)


def _hold(path: bytes) -> str:
    """Return a name for a folder that holds no odd character, and that leads there whatever is mounted over it."""
    return f"/proc/self/fd/{os.open(path, os.O_PATH | os.O_DIRECTORY)}"
