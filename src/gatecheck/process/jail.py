"""What a program may see and write: the namespaces that it runs in, and how its files are laid out there."""

from __future__ import annotations

import dataclasses
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Layer:
    """A folder over which a program works without touching it: what it writes goes to `upper`."""

    target: Path
    """Where the program sees it."""
    lower: tuple[Path, ...]
    """The folders that are seen through each other, the topmost first."""
    upper: Path
    work: Path
    """An empty folder beside `upper`, for the kernel."""


@dataclass(frozen=True, slots=True)
class Jail:
    """Linux namespaces: mounts of its own always, users and processes of its own where the machine gives them."""

    users: bool = True
    """A user namespace; without one, only root can enter the others."""
    pids: bool = True
    """A pid namespace, so that not even a process that changed its session is left."""
    read_only: tuple[Path, ...] = ()
    """What cannot be written, nor moved away by moving a folder above it."""
    writable: tuple[Path, ...] = ()
    """What can be written below a folder of `read_only`."""
    hidden: tuple[Path, ...] = ()
    """Files and folders that look empty."""
    layers: tuple[Layer, ...] = ()

    def told(self) -> dict[str, Any]:
        """Return it in types that `marshal` can write, paths as bytes; what lies below another path comes after it."""
        told = dataclasses.asdict(self, dict_factory=_plain)
        told |= {name: sorted(told[name], key=len) for name in ("read_only", "writable", "hidden")}
        above = {parent for path in self.read_only for parent in path.parents[:-1]}
        return told | {"fixed": sorted(map(os.fsencode, above - {*self.read_only}), key=len)}


def _plain(items: list[tuple[str, Any]]) -> dict[str, Any]:
    return {name: _text(value) for name, value in items}


def _text(value: object) -> object:
    if isinstance(value, Path):
        return os.fsencode(value)
    return [_text(item) for item in value] if isinstance(value, tuple) else value
