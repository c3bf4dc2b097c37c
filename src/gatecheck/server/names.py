"""Which ref a name really stands for: a symbolic ref, or a link of the file system, moves another one than it says.

Source: gitrepository-layout(5), refs; git-symbolic-ref(1).
"""

from __future__ import annotations

import errno
import os
import stat
from functools import lru_cache
from pathlib import Path

from gatecheck.errors import CannotTell
from gatecheck.repo import Repository

DEEPEST = 5
"""Symbolic refs that stand for each other, one after the other; git follows as many."""


def resolved(repository: Repository, ref: str) -> str:
    """Return the full name of the ref that would move. Raises CannotTell where it leads nowhere that git would follow."""
    seen = ref
    for _ in range(DEEPEST + 1):
        target = _target(repository, seen)
        if target is None:
            return seen
        if not target.startswith("refs/"):
            break
        seen = target
    raise CannotTell(
        f"{ref} stands for something that is no ref",
        fix="Tell whoever runs the server: git symbolic-ref --delete takes it away.",
    )


@lru_cache(maxsize=1024)
def _real(folder: str) -> str:
    """Return where a folder of refs really is; a push has many refs in few of them."""
    return os.path.realpath(folder)


def _target(repository: Repository, ref: str) -> str | None:
    """Return what a ref stands for; None when it stands for itself."""
    common = repository.place.common_dir
    if Path(common, "reftable").is_dir():
        return repository.symbolic(ref)
    path = f"{common}/{ref}"
    folder = path.rpartition("/")[0]
    if _real(folder) != folder:
        return ""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except (
        OSError
    ) as error:  # packed, new, or a folder; or a link, as old versions of git wrote symbolic refs
        return str(Path(path).readlink()) if error.errno == errno.ELOOP else None
    with os.fdopen(descriptor, "rb") as stream:
        start = stream.read(4096) if stat.S_ISREG(os.fstat(descriptor).st_mode) else b""
    return os.fsdecode(start[4:].strip()) if start.startswith(b"ref:") else None
