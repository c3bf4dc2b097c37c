"""Where a path that a tool wrote lies in the tree that it ran over."""

from __future__ import annotations

import posixpath
from pathlib import PurePosixPath


def in_tree(path: str, *roots: PurePosixPath) -> str | None:
    """Return the path relative to the tree, with slashes; None when it lies outside.

    `roots` are all the absolute names of the tree's folder (as given, and with symbolic links resolved); a relative path
    is taken from there. Nothing is looked up on a disk, so `..` is taken back by name.
    """
    if "\0" in path or not path:
        return None
    clean = posixpath.normpath(path)
    if clean.startswith("/"):
        clean = "/" + clean.lstrip("/")
        below = [clean.removeprefix(f"{root}/") for root in roots if clean.startswith(f"{root}/")]
        return below[0] if below else None
    return None if clean in {".", ".."} or clean.startswith("../") else clean
