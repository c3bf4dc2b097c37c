"""What each file of a slot looked like when it was written, and at which paths the disk shows something else now."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

SUBMODULE = 0o160000


class Written(NamedTuple):
    """A file as it was when it was written: what must be seen again for it to count as untouched."""

    mode: int
    blob: str
    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int


def look(place: bytes, mode: int, blob: str) -> Written:
    """Return what a file looks like now; mode and id are git's."""
    now = os.lstat(place)
    if mode == SUBMODULE:  # an empty folder: only that it is one matters
        return Written(mode, blob, stat.S_IFMT(now.st_mode), 0, 0, 0)
    return Written(mode, blob, now.st_size, now.st_mtime_ns, now.st_ctime_ns, now.st_ino)


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
        if was:
            if look(entry.path, was.mode, was.blob) != was or (
                was.mode == SUBMODULE and os.listdir(entry.path)
            ):
                yield path
        elif path in folders and entry.is_dir(follow_symlinks=False):
            yield from _walk(top, path, folders, missing)
        else:
            yield path
