"""What stands for the files that a gate with `inputs` reads."""

from __future__ import annotations

import hashlib
import json
import os

from gatecheck.model import Globs


def narrow_digest(listed: bytes, inputs: Globs) -> str:
    """Return the digest of those lines of a tree's listing (`ls-tree -r -z`) that bear on what `inputs` match."""
    lines = [os.fsdecode(line) for line in listed.split(b"\0")[:-1]]
    held = [line for line in lines if _is_read(line, inputs)]
    return hashlib.sha256(json.dumps(held).encode()).hexdigest()


def _is_read(line: str, inputs: Globs) -> bool:
    """Tell whether a line of a tree's listing bears on what `inputs` match: attributes and submodules may do so from elsewhere."""
    path = line.partition("\t")[2]
    return inputs.match(path) or line.startswith("160000 ") or path.rpartition("/")[2] == ".gitattributes"
