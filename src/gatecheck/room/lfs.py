"""Git LFS without its program: pointers are read strictly, and content comes from the local store after its hash was checked.

Source: the Git LFS specification, docs/spec.md ("The Pointer" and "Local storage") of github.com/git-lfs/git-lfs.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, NamedTuple

from gatecheck.repo import Repository
from gatecheck.room.absent import DAMAGED, EXTENDED, MISSING

LARGEST = 1023
"""Bytes: a pointer is smaller than 1024."""
_CHUNK = 1024 * 1024
_POINTER = re.compile(
    rb"version https://git-lfs\.github\.com/spec/v1\n"
    rb"((?:ext-[0-9]-\w+ sha256:[0-9a-f]{64}\n)*)"
    rb"oid sha256:([0-9a-f]{64})\n"
    rb"size (0|[1-9][0-9]{0,18})\n"
)


class Pointer(NamedTuple):
    """What a pointer file says."""

    oid: str
    size: int
    extended: bool
    """True when the content must go through an extension's program to become the file."""


def parse(data: bytes) -> Pointer | None:
    """Return what a pointer file says; None when these bytes are not one."""
    found = _POINTER.fullmatch(data) if len(data) <= LARGEST else None
    return Pointer(found[2].decode(), int(found[3]), bool(found[1])) if found else None


def filtered(
    repository: Repository, tree: str, paths: Iterable[bytes], index: Path | None = None
) -> set[bytes]:
    """Return those of a tree's paths that its .gitattributes give to the filter `lfs`; `index` is one that holds the tree."""
    if index is None:
        folder = repository.private.parent
        with TemporaryDirectory(dir=folder) as scratch:
            fresh = Path(scratch, "index")
            repository.git("read-tree", tree, index=fresh)
            return filtered(repository, tree, paths, fresh)
    asked = b"".join(path + b"\0" for path in paths)
    # git warns of lines in .gitattributes that it ignores
    words = ("check-attr", "--cached", "-z", "--stdin", "filter")
    _, out = repository.git_code(*words, stdin=asked, index=index, warns=True)
    parts = out.split(b"\0")[:-1]
    return {path for path, value in zip(parts[::3], parts[2::3], strict=True) if value == b"lfs"}


def is_there(repository: Repository, pointer: Pointer) -> bool:
    """Tell whether the local store holds a file of the right name and size."""
    try:
        found = os.stat(_place(repository, pointer))
    except OSError:
        return pointer.size == 0
    return stat.S_ISREG(found.st_mode) and found.st_size == pointer.size


def replace(repository: Repository, data: bytes, pointer: Pointer, place: bytes) -> str:
    """Put the content in the place of a pointer file that was written there; return why it was not, or nothing.

    The pointer file is left, or written again, when the content is not to be had.
    """
    if pointer.extended:
        return EXTENDED
    if not is_there(repository, pointer):
        return MISSING
    mode = stat.S_IMODE(os.lstat(place).st_mode)
    os.unlink(place)
    with _create(place, mode) as into:
        if not pointer.size or _copy(_place(repository, pointer), into) == pointer.oid:
            return ""
    os.unlink(place)
    with _create(place, mode) as into:
        into.write(data)
    return DAMAGED


def _place(repository: Repository, pointer: Pointer) -> str:
    oid = pointer.oid
    return f"{repository.place.common_dir}/lfs/objects/{oid[:2]}/{oid[2:4]}/{oid}"


def _create(place: bytes, mode: int) -> IO[bytes]:
    return os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode), "wb")


def _copy(source: str, into: IO[bytes]) -> str:
    """Copy a file and return its sha256; nothing when it cannot be read."""
    digest = hashlib.sha256()
    try:
        with open(source, "rb", buffering=0) as stream:
            while chunk := stream.read(_CHUNK):
                digest.update(chunk)
                into.write(chunk)
    except PermissionError:
        return ""
    return digest.hexdigest()
