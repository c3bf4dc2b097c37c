"""What `gatecheck server install` did in a repository, so that its hooks know it and uninstall undoes it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

NAME = "gatecheck/server"
FORMAT = 1


@dataclass(frozen=True, slots=True)
class Record:
    """What is installed, and what was there before."""

    version: str = ""
    python: str = ""
    bootstrap: str | None = None
    """The digest of the law that an unprotected beginning must bring."""
    at: str = ""
    """The default branch, and where it was, when that was said: it holds for one push, and no later one."""
    into: str = ""
    """The folder of another program's hooks in which ours stands; empty: they are the repository's own."""
    rewrites: bool = False
    """Branches that are not protected may be deleted and rewritten."""
    files: dict[str, str] = field(default_factory=dict)
    """sha256 of each hook that was written, by its path below the git directory."""
    before: dict[str, list[str]] = field(default_factory=dict)
    """The values that settings had."""

    def pins(self, default: str, tip: str | None) -> bool:
        """Tell whether the first law was pinned while the default branch was where it is."""
        return self.bootstrap is not None and self.at == place_of(default, tip)

    @property
    def tripwire(self) -> bool:
        """True where git asks us a second time, when the refs move."""
        return not self.into


def load(common: str) -> Record:
    """Return what was written down; an empty record where nothing was, or nothing that can be read."""
    return find(common) or Record()


def find(common: str) -> Record | None:
    """Return what was written down; None where nothing was, or nothing that can be read."""
    try:
        said = json.loads(Path(common, NAME).read_text(encoding="utf-8"))
        if said.pop("format") != FORMAT:
            return None
        return Record(**said)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def place_of(default: str, tip: str | None) -> str:
    """Return where a default branch is, as it is written down."""
    return f"{default} {tip or '-'}"
