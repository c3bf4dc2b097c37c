"""Files on disk, written from git's objects and taken away again. Paths are bytes, as git has them."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from gatecheck.errors import CannotTell
from gatecheck.repo import Repository
from gatecheck.room import lfs

_FORBIDDEN = {b"", b".", b"..", b".git"}
LARGE = 16 * 1024 * 1024
"""Bytes from which a blob is streamed to disk instead of being held in memory."""


class File(NamedTuple):
    """A file that a tree holds, and the repository that its blob is in."""

    path: bytes
    mode: int
    blob: str
    repository: Repository


def place_of(top: Path, path: bytes) -> bytes:
    """Return where a tree's file goes. Raises CannotTell for a path that would leave the folder or reach into `.git`."""
    if any(part.lower() in _FORBIDDEN for part in path.split(b"/")):
        raise CannotTell(
            f"the tree holds a path that must not be written: {os.fsdecode(path)!r}",
            fix="Remove it from the branch; a server with receive.fsckObjects=true refuses such trees.",
        )
    return os.fsencode(top) + b"/" + path


def write_blob(repository: Repository, blob: str, place: bytes, *, executable: bool) -> lfs.Pointer | None:
    """Write a blob to a new file and check its hash; return what it says if it is a pointer of Git LFS.

    Raises CannotTell when it is missing or damaged.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    size = repository.objects.size(blob)
    with os.fdopen(os.open(place, flags, 0o755 if executable else 0o644), "wb") as stream:
        if size < LARGE:
            data = repository.objects.blob(blob)
            stream.write(data)
            return lfs.parse(data)
        repository.stream_blob(blob, stream)
        return None


def is_bytecode(path: bytes) -> bool:
    """Tell whether a tracked file is a bytecode cache: it would be run instead of its source (PEP 552), so it is never written."""
    return path.endswith(b".pyc") and b"__pycache__/" in path


def listing(repository: Repository, tree: str) -> Iterator[tuple[bytes, int, str]]:
    """Yield path, mode and id of every file of a tree. Source: git-ls-tree(1), OUTPUT FORMAT."""
    for line in repository.git("ls-tree", "-r", "-z", "--full-tree", tree).split(b"\0")[:-1]:
        head, path = line.split(b"\t", 1)
        mode, _, blob = head.split(b" ")
        yield path, int(mode, 8), blob.decode()


def below(folder: Path) -> Iterator[bytes]:
    """Yield the paths of all files and links below a folder, relative to it."""
    top = os.fsencode(folder)
    for where, folders, files in os.walk(top):
        for name in files + [name for name in folders if os.path.islink(where + b"/" + name)]:
            yield os.path.relpath(where + b"/" + name, top)


def remove(place: bytes | Path) -> None:
    """Remove a file, a link or a whole folder; nothing there is fine."""
    try:
        if stat.S_ISDIR(os.lstat(place).st_mode):
            _remove_folder(place)
        else:
            os.unlink(place)
    except FileNotFoundError:
        return


def _remove_folder(place: bytes | Path) -> None:
    """Remove a folder however deep it is: folders below it are moved up to it, so that no path and no stack grows."""
    parent = os.open(os.path.dirname(os.path.abspath(place)), os.O_RDONLY | os.O_DIRECTORY)
    name = os.path.basename(os.path.abspath(place))
    try:
        top = _open_folder(name, parent)
        try:
            _empty(top)
        finally:
            os.close(top)
        os.rmdir(name, dir_fd=parent)
    finally:
        os.close(parent)


def _empty(top: int) -> None:
    moved = 0
    while folders := _unlink_files(top):
        for name in folders:
            folder = _open_folder(name, top)
            try:
                for inner in _unlink_files(folder):
                    os.chmod(
                        inner, stat.S_IRWXU, dir_fd=folder
                    )  # a folder that moves must be writable itself
                    moved += 1
                    os.rename(inner, f".gone-{os.getpid()}-{moved}", src_dir_fd=folder, dst_dir_fd=top)
            finally:
                os.close(folder)
            os.rmdir(name, dir_fd=top)


def _open_folder(name: str | bytes, parent: int) -> int:
    """Open a folder, with the permissions that are needed to empty it, whatever a program left it."""
    os.chmod(name, stat.S_IRWXU, dir_fd=parent)
    return os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=parent)


def _unlink_files(folder: int) -> list[str]:
    """Remove all of a folder but its folders; return their names."""
    with os.scandir(folder) as entries:
        listed = [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries]
    for name, is_folder in listed:
        if not is_folder:
            os.unlink(name, dir_fd=folder)
    return [name for name, is_folder in listed if is_folder]
