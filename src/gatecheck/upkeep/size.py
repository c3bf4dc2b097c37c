"""How much there may be, how much there is, and how either is written."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

from gatecheck.errors import UsageError

VARIABLE = "GATECHECK_CACHE_SIZE"
DEFAULT = 10 * 1024**3
_UNITS = ("B", "KiB", "MiB", "GiB", "TiB")
_FORM = re.compile(r"(\d{1,9}(?:\.\d{1,9})?) ?([KMGT])(?:i?B)?", re.ASCII | re.IGNORECASE)
_BLOCK = 512
"""Bytes that `st_blocks` counts in, whatever the file system. Source: inode(7)."""


def bound() -> int:
    """Return how many bytes all repositories together may have. Raises UsageError for a size that is none."""
    text = os.environ.get(VARIABLE)
    if not text:
        return DEFAULT
    found = _FORM.fullmatch(text.strip())
    size = float(found[1]) * 1024 ** "BKMGT".index(found[2].upper()) if found else 0.0
    if size < 1:
        raise UsageError(f"{VARIABLE}={text!r} is not a size", fix=f"Write {VARIABLE}=5G, or 500M.")
    return int(size)


def human(size: int) -> str:
    """Return a number of bytes as people read it: `1.5 GiB`."""
    number, unit = float(size), 0
    while number >= 1024 and unit < len(_UNITS) - 1:  # noqa: PLR2004
        number, unit = number / 1024, unit + 1
    return f"{number:.1f} {_UNITS[unit]}" if unit else f"{size} B"


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
