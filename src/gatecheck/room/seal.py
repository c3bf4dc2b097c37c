"""Whether an environment is as it was built: for rooms in which gates' programs could have written to it."""

from __future__ import annotations

import marshal
import os
from pathlib import Path

_PARTS = ("env", "left")
_Seen = tuple[int, int, int, int, int]


def seal(folder: Path) -> None:
    """Write down what each file of an environment looks like."""
    (folder / "seal").write_bytes(marshal.dumps(_look(folder)))


def is_whole(folder: Path) -> bool:
    """Tell whether nothing was added, changed or taken away since; bytecode that Python added is taken away first."""
    try:
        sealed: dict[str, _Seen] = marshal.loads((folder / "seal").read_bytes())  # noqa: S302 -- written by us; what changes it changes the answer to no
    except (OSError, ValueError, EOFError, TypeError):
        return False
    now = _look(folder)
    for path in now.keys() - sealed.keys():
        if not path.endswith(".pyc") or "/__pycache__/" not in path:
            return False
        (folder / path).unlink()
        del now[path]
    return now == sealed


def _look(folder: Path) -> dict[str, _Seen]:
    """Return each file's mode, size, times and inode. A program can set a time of modification, but not one of change."""
    found: dict[str, _Seen] = {}
    for part in _PARTS:
        for where, folders, files in os.walk(folder / part):
            links = [name for name in folders if os.path.islink(f"{where}/{name}")]
            for name in (*files, *links):
                place = f"{where}/{name}"
                seen = os.lstat(place)
                told = (seen.st_mode, seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns, seen.st_ino)
                found[os.path.relpath(place, folder)] = told
    return found
