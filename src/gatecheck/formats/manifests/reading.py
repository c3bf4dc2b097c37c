"""Which reader a manifest needs, told by its name."""

from __future__ import annotations

import re

from gatecheck.formats.manifests.locks import read_poetry, read_pylock, read_uv
from gatecheck.formats.manifests.nouns import Loose, Manifest, Read
from gatecheck.formats.manifests.project import read_project
from gatecheck.formats.manifests.requirements import read_requirements

_PYLOCK = re.compile(r"pylock(?:\.[^.]+)?\.toml")
"""Source: PEP 751, File Name."""
_LOCKS = ("pylock.toml", "uv.lock", "poetry.lock")


def is_project(path: str) -> bool:
    """Tell whether a manifest says what may be installed (pyproject.toml), and not what is."""
    return path.rpartition("/")[2] == "pyproject.toml"


def sibling_locks(path: str) -> tuple[str, ...]:
    """Return where the lock files of a pyproject.toml would be."""
    folder = path[: -len("pyproject.toml")]
    return tuple(folder + name for name in _LOCKS)


def read_manifest(path: str, read: Read) -> Manifest:
    """Return what a manifest names. Raises ToolError when it cannot be read at all."""
    name = path.rpartition("/")[2]
    readers = {"pyproject.toml": read_project, "uv.lock": read_uv, "poetry.lock": read_poetry}
    reader = read_pylock if _PYLOCK.fullmatch(name) else readers.get(name)
    if reader is None:
        return read_requirements(path, read)
    data = read(path)
    if data is None:
        return Manifest(loose=(Loose(path, "unreadable", "it is no file of the tree", path),))
    return reader(data, path)
