"""What install did in a repository, written down before it is done, so that uninstall can undo it whatever happened in between."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gatecheck.install.files import PRIVATE, put

NAME = "installed"
_FORMAT = 1


@dataclass(frozen=True, slots=True)
class Edit:
    """A configuration file in which core.hooksPath is set."""

    file: str
    before: str
    """The whole file as it was, decoded as paths are."""
    value: str
    """What core.hooksPath is set to."""


@dataclass(frozen=True, slots=True)
class Record:
    """What is installed, and what stood there before."""

    version: str
    python: str
    strict: bool
    folder: str
    """Where our hooks are."""
    made: bool
    """The folder was not there before."""
    files: dict[str, str] = field(default_factory=dict)
    """sha256 of each hook that was written, by name."""
    previous: str | None = None
    """The folder that core.hooksPath named before; None when our hooks stand in the repository's own folder."""
    worktrees: dict[str, str] = field(default_factory=dict)
    """The folders that single work trees had, by the work tree's name (the main one's is empty)."""
    local: str | None = None
    """What the repository's own configuration said of core.hooksPath."""
    edits: tuple[Edit, ...] = ()


def load(own: Path) -> Record | None:
    """Return what was written down in gatecheck's folder; None when there is nothing, or nothing that can be read."""
    try:
        said = json.loads((own / NAME).read_text(encoding="utf-8"))
        if said.pop("format") != _FORMAT:
            return None
        edits = tuple(Edit(**each) for each in said.pop("edits"))
        return Record(**said, edits=edits)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def save(own: Path, record: Record) -> None:
    """Write it down; the file is for its owner only, since a configuration may hold a token. Raises OSError."""
    said: dict[str, Any] = {"format": _FORMAT, **dataclasses.asdict(record)}
    put(own / NAME, json.dumps(said, indent=1).encode("utf-8"), PRIVATE)
