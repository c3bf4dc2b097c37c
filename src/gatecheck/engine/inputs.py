"""What stands for the files of a side that a gate may read: the whole tree, or only those that `inputs` match."""

from __future__ import annotations

import hashlib
import json
import os

from gatecheck.model import Globs
from gatecheck.repo import Repository


def digest(repository: Repository, tree: str, inputs: Globs | None) -> str:
    """Return what stands for a side's files: the tree, or with `inputs` only the files that they match."""
    if inputs is None:
        return tree
    lines = [os.fsdecode(line) for line in repository.git("ls-tree", "-r", "-z", tree).split(b"\0")[:-1]]
    held = [line for line in lines if _is_read(line, inputs)]
    return hashlib.sha256(json.dumps(held).encode()).hexdigest()


def _is_read(line: str, inputs: Globs) -> bool:
    """Tell whether a line of a tree's listing bears on what `inputs` match: attributes and submodules may do so from elsewhere."""
    path = line.partition("\t")[2]
    return inputs.match(path) or line.startswith("160000 ") or path.rpartition("/")[2] == ".gitattributes"
