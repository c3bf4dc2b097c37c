"""A folder with some of a tree's files and nothing else: what a gate with `inputs` works over."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from gatecheck.model import Change, Globs, Side
from gatecheck.repo import Repository
from gatecheck.room.absent import Absent
from gatecheck.room.blobs import remove
from gatecheck.room.excerpt import fill


def narrow(
    repository: Repository, change: Change, side: Side, inputs: Globs, name: str
) -> tuple[Path, Mapping[str, Absent]]:
    """Return a fresh folder with the files of a side that `inputs` match, and no git; and what is absent, by path."""
    folder = Path(repository.place.cache) / "slots" / f"{name}-{side}"
    remove(folder)
    top = folder / "tree"
    top.mkdir(parents=True)
    commit = change.base if side == "base" else change.head
    return top, fill(
        repository, change.tree_of(side), commit, top, lambda path: inputs.match(os.fsdecode(path))
    )
