"""A snapshot's files and index, put by git into a clean work tree, and all taken back when not all of it can be put there."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from gatecheck.errors import CannotTell, GatecheckError, ToolError
from gatecheck.repo import UserGit
from gatecheck.snapshots.asking import QUIETLY, run
from gatecheck.snapshots.desk import Desk
from gatecheck.snapshots.inside import Differing, Inside

SUBMODULE = "160000"
_IN = ("--add", "-z", "--index-info")


@dataclass(frozen=True, slots=True)
class Writing:
    """What is about to be written, and where."""

    git: UserGit
    found: Inside
    changes: tuple[Differing, ...]
    """From HEAD to the snapshot."""
    kept: frozenset[str]
    """New files that lie there already as they were."""
    absent: frozenset[str]
    """Paths at which nothing is."""

    def place_of(self, path: str) -> str:
        """Return where a file is."""
        return f"{self.git.place.work_tree}/{path}"


def write(desk: Desk, writing: Writing, lock: IO[bytes]) -> None:
    """Write files and index, whose lock is held. `desk` has a copy of the index, which is HEAD's, and the new files that lie there already.

    Raises ToolError when git cannot, or CannotTell when the index cannot be put in place; then all is as it was before.
    """
    found = writing.found
    try:
        # as git switch does: what neither side tracks, or was changed, is not overwritten
        desk("read-tree", "-m", "-u", found.base, found.tree)
        # files that were there outside of what a sparse checkout has
        absent = [
            change.path
            for change in writing.changes
            if change.status != "D"
            and change.mode != SUBMODULE
            and not os.path.lexists(writing.place_of(change.path))
        ]
        if absent:
            desk("checkout-index", "--ignore-skip-worktree-bits", "-z", "--stdin", lines=absent)
        _index(desk, writing)
        _install(desk, lock)
    except BaseException:
        _take_back(writing)
        raise


def _index(desk: Desk, writing: Writing) -> None:
    """Make the desk's index what the snapshot's was."""
    found = writing.found
    desk("read-tree", "-m", "-i", found.index)
    if found.unmerged:
        zeros = "0" * len(found.unmerged[0].id)
        gone = [f"0 {zeros}\t{path}" for path in dict.fromkeys(entry.path for entry in found.unmerged)]
        sides = [f"{entry.mode} {entry.id} {entry.stage}\t{entry.path}" for entry in found.unmerged]
        desk("update-index", *_IN, lines=gone + sides)
    intended = [entry.path for entry in found.intents if os.path.lexists(writing.place_of(entry.path))]
    if intended:
        desk(
            *("add", "--intent-to-add", "--force", "--sparse"),
            *("--pathspec-from-file=-", "--pathspec-file-nul"),
            lines=intended,
        )


@contextlib.contextmanager
def index_locked(git_dir: Path) -> Iterator[IO[bytes]]:
    """Hold the lock of the user's index, as git does. Raises CannotTell when somebody else holds it, or the disk takes none."""
    lock = git_dir / "index.lock"
    try:
        stream = lock.open("xb")
    except FileExistsError as error:
        raise CannotTell(
            f"the index is locked: {lock} is there",
            fix="Let the other git end, and try again; when there is none, remove that file.",
        ) from error
    except OSError as error:
        raise _unwritable(error) from error
    with stream:
        try:
            yield stream
        finally:
            if lock.exists() and os.path.samestat(lock.stat(), os.fstat(stream.fileno())):
                lock.unlink()  # it did not become the index


def _install(desk: Desk, lock: IO[bytes]) -> None:
    """Put the desk's index in the place of the user's, by way of its lock."""
    try:
        data, times = desk.index()
        lock.write(data)
        lock.flush()
        os.fsync(lock.fileno())
        os.utime(lock.fileno(), ns=times)
        path = Path(lock.name)
        path.replace(path.with_name("index"))
    except OSError as error:
        raise _unwritable(error) from error


def _unwritable(error: OSError) -> CannotTell:
    return CannotTell(f"the index cannot be written: {error.strerror}", fix="Mend that, and try again.")


def _take_back(writing: Writing) -> None:
    """Bring the files back to HEAD's. Raises ToolError when that fails too."""
    ours = [
        change for change in writing.changes if change.path not in writing.kept and change.mode != SUBMODULE
    ]
    new = [change.path for change in ours if change.status == "A" or change.path in writing.absent]
    old = [change.path for change in ours if change.path not in new]
    try:
        for path in new:
            _remove(writing, path)
        lines = b"".join(os.fsencode(path) + b"\0" for path in old)
        run(writing.git, "checkout-index", "--force", "-z", "--stdin", stdin=lines, env=QUIETLY)
    except (GatecheckError, OSError) as error:
        raise ToolError(
            f"the snapshot could be written only in part, and that could not be taken back: {error}",
            fix="Make room, then: git reset --hard (the work tree was clean before). The snapshot is still there.",
        ) from error


def _remove(writing: Writing, path: str) -> None:
    """Remove a file that was written, and the folders that are empty without it."""
    place = Path(writing.place_of(path))
    with contextlib.suppress(FileNotFoundError, NotADirectoryError, IsADirectoryError):
        place.unlink()
        with contextlib.suppress(OSError):  # it is not empty
            os.removedirs(place.parent)
