"""Files on disk, written from git's objects and taken away again. Paths are bytes, as git has them."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

from gatecheck.errors import CannotTell
from gatecheck.repo import Repository

LARGE = 16 * 1024 * 1024
"""Bytes from which a blob is streamed to disk instead of being held in memory."""


def write_blob(repository: Repository, blob: str, place: bytes, *, executable: bool) -> None:
    """Write a blob to a new file and check its hash. Raises CannotTell when it is missing or damaged."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    if repository.objects.size(blob) < LARGE:
        descriptor = os.open(place, flags, 0o755 if executable else 0o644)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(repository.objects.blob(blob))
        return
    path = Path(os.fsdecode(place))
    repository.stream_blob(blob, path)
    digest = hashlib.new("sha256" if len(blob) == 64 else "sha1", usedforsecurity=False)  # noqa: PLR2004 -- hex digits
    digest.update(b"blob %d\0" % path.stat().st_size)
    with path.open("rb") as stream:
        while chunk := stream.read(1024 * 1024):
            digest.update(chunk)
    if digest.hexdigest() != blob:
        raise CannotTell(f"blob {blob} is damaged: its content has another hash", fix="Run `git fsck`.")
    path.chmod(0o755 if executable else 0o644)


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
    place = os.fsencode(place)
    try:
        shutil.rmtree(place)
    except PermissionError:  # a test took the write bit from a folder
        for folder, _, _ in os.walk(place):
            os.chmod(folder, 0o700)
        shutil.rmtree(place)
