"""Which reader a manifest needs, told by its name, in whatever case it is written."""

from __future__ import annotations

import re
from collections.abc import Callable

from gatecheck.formats.manifests.locks import read_pdm, read_poetry, read_pylock, read_uv
from gatecheck.formats.manifests.nouns import Loose, Manifest, Read
from gatecheck.formats.manifests.pipfile import read_pipfile
from gatecheck.formats.manifests.project import read_project
from gatecheck.formats.manifests.requirements import read_requirements

_PYLOCK = re.compile(r"pylock(?:\.[^.]+)?\.toml")
"""Source: PEP 751, File Name."""
_PROJECT, _INPUT = "pyproject.toml", ".in"
_LOCKS = ("pylock.toml", "uv.lock", "poetry.lock", "pdm.lock")
_READERS: dict[str, Callable[[bytes, str], Manifest]] = {
    "uv.lock": read_uv,
    "poetry.lock": read_poetry,
    "pdm.lock": read_pdm,
    "pipfile.lock": read_pipfile,
}


def is_project(path: str) -> bool:
    """Tell whether a manifest says what may be installed (pyproject.toml, requirements.in), and not what is."""
    name = _name(path)
    return name == _PROJECT or name.endswith(_INPUT)


def sibling_locks(path: str) -> tuple[str, ...]:
    """Return where the lock files of what is_project tells would be."""
    if _name(path).endswith(_INPUT):
        return (path[: -len(_INPUT)] + ".txt",)
    folder = path[: -len(_PROJECT)]
    return tuple(folder + name for name in _LOCKS)


def read_manifest(path: str, read: Read, *, as_: str | None = None) -> Manifest:
    """Return what a manifest names; `as_` is another path whose name tells the reader. Raises ToolError when it cannot be read at all."""
    name = _name(as_ or path)
    reader = read_pylock if _PYLOCK.fullmatch(name) else _READERS.get(name)
    if reader is None and name != _PROJECT:
        return read_requirements(path, read)
    data = read(path)
    if data is None:
        return Manifest(loose=(Loose(path, "unreadable", "it is no file of the tree", path),))
    return reader(data, path) if reader else read_project(data, path, read)


def _name(path: str) -> str:
    return path.rpartition("/")[2].lower()
