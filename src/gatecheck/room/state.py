"""What a slot knows of itself, kept on disk; its list of files is kept apart, since it is long and seldom needed."""

from __future__ import annotations

import marshal
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from gatecheck.room.lfs import Pointer
from gatecheck.room.steps import Link

_FORM = "gatecheck slot 2"


class Tracked(NamedTuple):
    """A file of the tree whose blob is a pointer of Git LFS."""

    pointer: Pointer
    mode: int
    blob: str
    filtered: bool
    """True when attributes give it to Git LFS, so that it should hold the content."""
    why: str
    """Why its content is absent, else empty."""


@dataclass
class State:
    """What a slot holds."""

    tree: str = ""
    git: tuple[str, str, bytes] = ("", "", b"")
    """What its `.git` was written from."""
    environments: str = ""
    """Whose files are laid into it."""
    laid: list[bytes] = field(default_factory=list)
    """Those files."""
    links: dict[bytes, Link] = field(default_factory=dict)
    pointers: dict[bytes, Tracked] = field(default_factory=dict)
    sizes: tuple[int, int, int] = (0, 0, 0)
    """What the list of files was when it was saved."""

    def save(self, path: Path) -> None:
        """Write it down at once and as a whole."""
        links = {at: tuple(link) for at, link in self.links.items()}
        pointers = {at: (tuple(seen.pointer), *seen[1:]) for at, seen in self.pointers.items()}
        told = (_FORM, self.tree, self.git, self.environments, self.laid, links, pointers, self.sizes)
        fresh = path.with_suffix(".new")
        fresh.write_bytes(marshal.dumps(told))
        fresh.replace(path)


def load(path: Path) -> State | None:
    """Return what was written down, None when there is nothing that can be believed."""
    try:
        form, tree, git, environments, laid, links, pointers, sizes = marshal.loads(path.read_bytes())  # noqa: S302 -- written by us, outside every gate
        if form != _FORM:
            return None
        return State(
            tree,
            git,
            environments,
            laid,
            {at: Link(*link) for at, link in links.items()},
            {at: Tracked(Pointer(*seen[0]), *seen[1:]) for at, seen in pointers.items()},
            sizes,
        )
    except (OSError, ValueError, EOFError, TypeError, AttributeError):
        return None
