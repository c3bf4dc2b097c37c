"""Writing what must be whole or not there at all, and taking turns at it."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from gatecheck.errors import CannotTell

PRIVATE = 0o600
READABLE = 0o644
RUNNABLE = 0o755
LOCK = "lock"


def put(path: Path, data: bytes, mode: int, *, time: int | None = None) -> None:
    """Write a file under its name only once all of it is on the disk; `time` (ns) becomes its own. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, fresh = tempfile.mkstemp(dir=path.parent, prefix=".gatecheck-")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fchmod(stream.fileno(), mode)
            if time is not None:
                os.utime(stream.fileno(), ns=(time, time))
            os.fsync(stream.fileno())
        Path(fresh).replace(path)
    except BaseException:
        Path(fresh).unlink(missing_ok=True)
        raise


def digest(data: bytes) -> str:
    """Return sha256 in hex."""
    return hashlib.sha256(data).hexdigest()


def sweep(folder: Path) -> None:
    """Remove what `put` left unfinished in a folder when it was killed."""
    for left in folder.glob(".gatecheck-*"):
        left.unlink(missing_ok=True)


@contextlib.contextmanager
def turn(folder: Path) -> Iterator[None]:
    """Hold the lock of gatecheck's folder in a repository, and say in our own words what the system refuses."""
    try:
        with _locked(folder):
            yield
    except OSError as error:
        raise CannotTell(
            f"{error.filename or folder} cannot be changed: {error.strerror}",
            fix="Make the git directory writable for you, or free some disk space, and try again; nothing is half done.",
        ) from error


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold the lock that has the name when we get it: who uninstalls takes the file away, and who could do nothing at all does too."""
    while True:
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / LOCK).open("ab") as stream:
            fcntl.flock(stream, fcntl.LOCK_EX)
            if _is_named(folder / LOCK, stream.fileno()):
                try:
                    yield
                finally:
                    _leave_nothing(folder)
                return


def _leave_nothing(folder: Path) -> None:
    """Take the lock away where it is the only thing, and the folder with it."""
    if [*folder.iterdir()] == [folder / LOCK]:
        (folder / LOCK).unlink()
        folder.rmdir()


def _is_named(path: Path, handle: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(handle))
    except FileNotFoundError:
        return False
