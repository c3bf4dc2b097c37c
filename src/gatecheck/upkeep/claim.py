"""Who may touch a repository's folder in the cache: any number of runs use it at once, or one alone removes from it."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from gatecheck.errors import CannotTell

IN_USE = "in-use"
"""The file whose lock says that a run uses the folder, and whose time says when one did."""
_ROOM = "lock"
"""The lock of the clean room; a run that judges has it too."""


@contextmanager
def using(cache: Path) -> Iterator[None]:
    """Hold a repository's folder, made when it is not there, so that nobody removes anything from it meanwhile."""
    try:
        cache.mkdir(parents=True, exist_ok=True)
        held = _locked(cache / IN_USE, fcntl.LOCK_SH)
    except OSError as error:
        raise CannotTell(
            f"the cache cannot be written: {error}",
            fix=f"Make {cache.parent} writable, or name another folder in GATECHECK_CACHE.",
        ) from error
    try:
        yield
    finally:
        os.close(held)


@contextmanager
def alone(cache: Path) -> Iterator[bool]:
    """Give True when nobody uses the folder, and keep it so; False when somebody does. Raises OSError."""
    with ExitStack() as held:
        try:
            for name in (IN_USE, _ROOM):
                held.callback(os.close, _locked(cache / name, fcntl.LOCK_EX | fcntl.LOCK_NB, touch=False))
        except BlockingIOError:
            yield False
            return
        yield True


def last_use(cache: Path) -> float:
    """Return when a run used the folder last, in seconds since 1970."""
    times = [path.stat().st_mtime for path in (cache / IN_USE, cache / _ROOM) if path.exists()]
    return max(times, default=cache.stat().st_mtime)


def _locked(path: Path, how: int, *, touch: bool = True) -> int:
    """Return the descriptor of a locked file that still has its name: it may have been removed while we waited."""
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(descriptor, how)
            if os.path.samestat(os.fstat(descriptor), path.stat()):
                if touch:
                    os.utime(descriptor)
                return descriptor
        except FileNotFoundError:  # the whole folder was: `open` makes the file anew, or says that it cannot
            path.parent.mkdir(parents=True, exist_ok=True)
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)
