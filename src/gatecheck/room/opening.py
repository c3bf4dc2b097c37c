"""How a room is opened and closed: one run at a time, and nothing of an earlier one in it."""

from __future__ import annotations

import fcntl
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from gatecheck.errors import CannotTell
from gatecheck.model import Change
from gatecheck.process import Programs
from gatecheck.repo import Repository
from gatecheck.room.blobs import remove
from gatecheck.room.builder import MARK
from gatecheck.room.isolation import ASKED_FOR, find_isolation
from gatecheck.room.room import Folders, Room
from gatecheck.strays import kill_strays

KEPT_LOGS = 20
"""Runs whose logs are kept."""


@contextmanager
def open_room(
    repository: Repository,
    change: Change,
    programs: Programs,
    say: Callable[[str], None],
    *,
    portable: bool = False,
) -> Iterator[Room]:
    """Give the room for a change; a second run on the same repository waits for its turn.

    `portable`: without overlays, even where they are to be had.
    """
    cache = Path(repository.place.cache)
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("waiting for another run on this repository to end")
            fcntl.flock(lock, fcntl.LOCK_EX)
        kill_strays(MARK, repository.place.cache)  # of a run that was killed: they would write into our slots
        with _scratch(cache / "scratch") as scratch:
            isolation = ASKED_FOR if portable else find_isolation(cache, scratch, programs)
            folders = Folders(scratch, _log_folder(cache / "logs"))
            room = Room(repository, change, programs, isolation, folders, say)
            yield room
            room.close()


@contextmanager
def _scratch(link: Path) -> Iterator[Path]:
    """Give a temporary folder; `link` points to it, so that the next run can remove what a killed one left.

    It is not in the cache, since the path of a socket may have 107 bytes and tests make theirs below TMPDIR.
    """
    if link.is_symlink():
        remove(link.readlink())
        link.unlink()
    folder = Path(tempfile.mkdtemp(prefix="gatecheck-"))
    try:
        link.symlink_to(folder)
        yield folder
    finally:
        remove(folder)
        link.unlink(missing_ok=True)


def _log_folder(top: Path) -> Path:
    """Make a folder for this run's logs and remove those of the oldest runs."""
    try:
        top.mkdir(parents=True, exist_ok=True)
        numbers = sorted(int(folder.name) for folder in top.iterdir() if folder.name.isdecimal())
        for number in numbers[: -KEPT_LOGS + 1]:
            shutil.rmtree(top / str(number), ignore_errors=True)
        folder = top / str(numbers[-1] + 1 if numbers else 1)
        folder.mkdir()
    except OSError as error:
        raise CannotTell(
            f"the cache cannot be written: {error}",
            fix="Free some disk space, or set GATECHECK_CACHE to another folder.",
        ) from error
    return folder
