"""What each file of a slot looked like when it was written, and at which paths the disk shows something else now."""

from __future__ import annotations

import marshal
import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

SUBMODULE = 0o160000
Written = tuple[int, str, int, int, int, int]
"""A file as it was when it was written: mode and id (git's), size, mtime_ns, ctime_ns, inode. All must be seen again.

A plain tuple: a hundred thousand of them are read and compared in the time in which a tenth of as many objects were made.
"""
_CTIME: Final = 4
_SLACK = 64 * 1024
"""Bytes that the log may have before it is merged into the base, beside a quarter of the base."""


class Manifest:
    """The files of a slot. On disk it is a base and a log of what came after, so that a small move reads and writes little."""

    def __init__(self, folder: Path) -> None:
        self._base, self._log = folder / "files", folder / "moved"
        self._files: dict[bytes, Written] | None = {}
        self._fresh: dict[bytes, Written | None] = {}
        self._sizes = (0, 0)
        self.newest = 0
        """A time from which on no file was written."""

    def believe(self, base: int, log: int, newest: int) -> bool:
        """Take what is on disk, unread, if the sizes of base and log are those that `save` returned."""
        self._files, self._fresh, self.newest = None, {}, newest
        self._sizes = base, log
        try:
            return self._base.stat().st_size == base and (not log or self._log.stat().st_size >= log)
        except OSError:
            return False

    @property
    def files(self) -> dict[bytes, Written]:
        """All files, by path. Raises ValueError, EOFError or TypeError when what is on disk was damaged."""
        if self._files is None:
            files: dict[bytes, Written] = marshal.loads(self._base.read_bytes())  # noqa: S302 -- written by us, outside every gate
            if self._sizes[1]:
                with self._log.open("rb") as stream:
                    while stream.tell() < self._sizes[1]:
                        _lay(files, marshal.load(stream))  # noqa: S302 -- as above
            _lay(files, self._fresh)
            self._files = files
        return self._files

    def put(self, path: bytes, was: Written) -> None:
        """Say what a file looks like that was written now."""
        self._fresh[path] = was
        self.newest = max(self.newest, was[_CTIME])
        if self._files is not None:
            self._files[path] = was

    def drop(self, path: bytes) -> None:
        """Say that a file is gone."""
        self._fresh[path] = None
        if self._files is not None:
            self._files.pop(path, None)

    def save(self) -> tuple[int, int, int]:
        """Write down what is new, and return what `believe` asks for."""
        base, log = self._sizes
        if not base or len(self._fresh) * 4 > len(self.files if self._files is not None else ()) > 0:
            return self._rewrite()
        if self._fresh:
            data = marshal.dumps(self._fresh)
            if log + len(data) > base // 4 + _SLACK:
                return self._rewrite()
            with self._log.open("r+b" if log else "wb") as stream:
                stream.seek(log)  # a run that was killed may have left something there
                stream.write(data)
                stream.truncate()
            self._sizes, self._fresh = (base, log + len(data)), {}
        return *self._sizes, self.newest

    def _rewrite(self) -> tuple[int, int, int]:
        data = marshal.dumps(self.files)
        fresh = self._base.with_suffix(".new")
        fresh.write_bytes(data)
        fresh.replace(self._base)
        self._log.unlink(missing_ok=True)
        self._sizes, self._fresh = (len(data), 0), {}
        return (*self._sizes, self.newest)


def _lay(files: dict[bytes, Written], later: Mapping[bytes, Written | None]) -> None:
    for path, was in later.items():
        if was is None:
            files.pop(path, None)
        else:
            files[path] = was


def look(place: bytes, mode: int, blob: str) -> Written:
    """Return what a file looks like now; mode and id are git's."""
    now = os.lstat(place)
    if mode == SUBMODULE:  # a folder: only that it is one matters
        return (mode, blob, stat.S_IFMT(now.st_mode), 0, 0, 0)
    return (mode, blob, now.st_size, now.st_mtime_ns, now.st_ctime_ns, now.st_ino)


def differences(tree: Path, files: Mapping[bytes, Written]) -> Iterator[bytes]:
    """Yield the paths (files, or whole folders that do not belong) at which disk and manifest disagree.

    Folders that belong get back the permissions without which nothing below them could be looked at or mended.
    """
    missing = dict(files)
    yield from _walk(os.fsencode(tree), b"", folders_of(files), missing)
    yield from missing


def folders_of(files: Iterable[bytes]) -> set[bytes]:
    """Return all folders that files are in, the root (an empty path) among them."""
    folders = {b""}
    for file in files:
        path = file
        while (path := path.rpartition(b"/")[0]) not in folders:
            folders.add(path)
    return folders


def upwards(path: bytes) -> Iterator[bytes]:
    """Yield a path and the folders above it, below the root."""
    while path:
        yield path
        path = path.rpartition(b"/")[0]


def _walk(top: bytes, folder: bytes, folders: set[bytes], missing: dict[bytes, Written]) -> Iterator[bytes]:
    place = top + b"/" + folder
    permissions = stat.S_IMODE(os.lstat(place).st_mode)
    if permissions & stat.S_IRWXU != stat.S_IRWXU:
        os.chmod(place, permissions | stat.S_IRWXU)
    with os.scandir(place) as entries:
        listed = list(entries)
    for entry in listed:
        path = folder + b"/" + entry.name if folder else entry.name
        if path == b".git":
            continue
        was = missing.pop(path, None)
        if was and look(entry.path, was[0], was[1]) != was:
            yield path
        elif was and was[0] != SUBMODULE:
            continue
        elif path in folders and entry.is_dir(follow_symlinks=False):
            yield from _walk(top, path, folders, missing)
        elif not was or os.listdir(entry.path):  # what does not belong; or a submodule that should be empty
            yield path
