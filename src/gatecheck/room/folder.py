"""A folder into which a tree's files are written: never through a link, and never over what is there."""

from __future__ import annotations

import os
import stat
from collections.abc import Container
from pathlib import Path

from gatecheck.errors import CannotTell
from gatecheck.room.blobs import File, place_of, remove, write_blob
from gatecheck.room.lfs import Pointer
from gatecheck.room.manifest import SUBMODULE

_LINK = 0o120000


class Folder:
    """The folder, for as long as no program runs in it: it remembers which folders it has seen to be folders."""

    def __init__(self, top: Path) -> None:
        self._top = top
        self._made: set[bytes] = set()

    def place(self, path: bytes) -> bytes:
        """Return where a file is that was written, or found, below the folder."""
        return os.fsencode(self._top) + b"/" + path

    def write(self, file: File) -> Pointer | None:
        """Write a file; return what it says if it is a pointer of Git LFS. Raises CannotTell when there is something already."""
        place = place_of(self._top, file.path)
        try:
            self.make_parents(file.path)
            if file.mode == SUBMODULE:
                os.mkdir(place)
            elif file.mode == _LINK:
                os.symlink(file.repository.objects.blob(file.blob), place)
            else:
                executable = bool(file.mode & 0o111)
                return write_blob(file.repository, file.blob, place, executable=executable)
        except FileExistsError as error:
            raise CannotTell(
                f"the tree holds two things of one name: {os.fsdecode(file.path)!r}",
                fix="Remove one of them from the branch; `git fsck` shows such trees.",
            ) from error
        return None

    def make_parents(self, path: bytes) -> None:
        """Make the folders that a file is in. Raises FileExistsError when one of them is something else."""
        parent = path.rpartition(b"/")[0]
        if not parent or parent in self._made:
            return
        self.make_parents(parent)
        folder = self.place(parent)
        try:
            os.mkdir(folder)
        except FileExistsError:
            if not stat.S_ISDIR(os.lstat(folder).st_mode):
                raise
        self._made.add(parent)

    def remove(self, path: bytes, kept: Container[bytes] = ()) -> None:
        """Remove what is at a path, and the folders that this left empty but for those to be `kept`."""
        remove(self.place(path))
        while path := path.rpartition(b"/")[0]:
            self._made.discard(path)
            if path in kept:
                return
            try:
                os.rmdir(self.place(path))
            except OSError:  # not empty, or gone already
                return
