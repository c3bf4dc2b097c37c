"""A folder with some of a tree's files and nothing else: what a gate with `inputs` works over."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from gatecheck.model import Globs
from gatecheck.repo import Repository
from gatecheck.room.blobs import is_bytecode, listing, place_of, remove, write_blob


def narrow(repository: Repository, tree: str, inputs: Globs, folder: Path) -> Path:
    """Return a fresh folder with the files of a tree that `inputs` match, and no git."""
    remove(folder)
    top = folder / "tree"
    top.mkdir(parents=True)
    for path, mode, blob in listing(repository, tree):
        if inputs.match(os.fsdecode(path)) and stat.S_ISREG(mode) and not is_bytecode(path):
            place = place_of(top, path)
            os.makedirs(os.path.dirname(place), exist_ok=True)
            write_blob(repository, blob, place, executable=bool(mode & 0o111))
    return top
