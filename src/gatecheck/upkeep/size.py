"""How much there may be, and how much there is."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from gatecheck.errors import UsageError
from gatecheck.settings import size

VARIABLE = "GATECHECK_CACHE_SIZE"
DEFAULT = 10 * 1024**3
_BLOCK = 512
"""Bytes that `st_blocks` counts in, whatever the file system. Source: inode(7)."""


def bound() -> int:
    """Return how many bytes all repositories together may have. Raises UsageError for a size that is none."""
    text = os.environ.get(VARIABLE)
    if not text:
        return DEFAULT
    try:
        return size(text)
    except ValueError as error:
        raise UsageError(
            f"{VARIABLE}={text!r} is not a size", fix=f"Write {VARIABLE}=5G, or 500M."
        ) from error


def size_of(path: Path) -> int:
    """Return the bytes that removing a file or folder would give back; a file of several names counts in parts."""
    total, waiting = 0, [os.fsencode(path)]
    while waiting:
        place = waiting.pop()
        try:
            seen = os.lstat(place)
            total += seen.st_blocks * _BLOCK // (1 if stat.S_ISDIR(seen.st_mode) else max(1, seen.st_nlink))
            if stat.S_ISDIR(seen.st_mode):
                waiting += [entry.path for entry in os.scandir(place)]
        except OSError:  # gone meanwhile, or not for us to look at: then it is not for us to remove
            continue
    return total
