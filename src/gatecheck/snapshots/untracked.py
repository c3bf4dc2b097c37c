"""New files that a snapshot takes along: counted and measured before git reads any of them, and refused when they are too large."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

from gatecheck.errors import UsageError
from gatecheck.place import Place
from gatecheck.settings import human, shown

BOUND = 50 * 1024**2
"""Bytes of all new files together, unless somebody asks for another bound."""
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class New:
    """A file that git does not track."""

    path: str
    size: int


def measured(place: Place, paths: Sequence[str], bound: int) -> tuple[New, ...]:
    """Return the files with their sizes. Raises UsageError when together they are larger than the bound."""
    found = tuple(New(path, _size(f"{place.work_tree}/{path}")) for path in paths)
    total = sum(file.size for file in found)
    if total <= bound:
        return found
    large = sorted(found, key=lambda file: file.size, reverse=True)[:_SHOWN]
    listed = ", ".join(f"{shown(file.path)} ({human(file.size)})" for file in large)
    raise UsageError(
        f"the untracked files have {human(total)}, and {human(bound)} are the bound; the largest: {listed}",
        fix="Have git ignore what is not yours to keep (.gitignore), leave all of them out (--tracked-only), "
        f"or raise the bound (--untracked-limit {_enough(total)}).",
    )


def _size(path: str) -> int:
    try:
        return os.lstat(path).st_size
    except OSError:  # it is gone, or its folder is closed: git will say so
        return 0


def _enough(total: int) -> str:
    return f"{total // 1024**2 + 1}M"
