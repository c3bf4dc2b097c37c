"""The files of one side, read when they are asked for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from gatecheck.model import Side, Workspace


@dataclass(frozen=True)
class Tree:
    """One side's files, from git's objects and never from a disk."""

    workspace: Workspace
    side: Side

    @cached_property
    def files(self) -> tuple[str, ...]:
        """All paths, in git's order."""
        return self.workspace.files(side=self.side)

    def read(self, path: str) -> bytes | None:
        """Return a file's bytes, None when it is not a file there."""
        return self.workspace.read(path, side=self.side)

    @property
    def said(self) -> str:
        """How a message calls this side."""
        return "base" if self.side == "base" else "merge result"
