"""What an answer depended on, and whether it still looks the same: the run's equivalent of a make dependency file.

Every lookup that a run makes outside git's immutable objects (a ref, a variable, a folder of installed distributions) is
written down as a witness. An old report may be shown again only while all of its witnesses hold. This module is on the path
of `gatecheck.recall`, so it imports nothing that Python has not imported at start-up.
"""

from __future__ import annotations

import os

TYPE_CHECKING = (
    False  # the name is what type checkers look for; importing it would cost more than this module
)
if TYPE_CHECKING:
    from collections.abc import Callable

Witness = tuple[str, str, object]
"""(how it was looked at, what was looked at, what was seen); made of types that `marshal` can write."""

LARGEST_FILE = 65_536
"""Bytes of a file that are compared; refs are 41 bytes, symbolic refs not much more."""
MOST_NAMES = 2_000
"""Loose refs below a folder; with more of them nothing is recalled."""


def file(path: str) -> Witness:
    """Witness a small file's content, or that it is not there."""
    return ("file", path, _content(path))


def stamp(path: str) -> Witness:
    """Witness that a file which is only ever replaced as a whole (packed-refs) has not been replaced."""
    return ("stamp", path, _stamp(path))


def names(path: str) -> Witness:
    """Witness which files there are below a folder."""
    return ("names", path, _names(path))


def distributions(path: str) -> Witness:
    """Witness the installed distributions of a site-packages folder: names and times."""
    return ("distributions", path, _distributions(path))


def sources(path: str) -> Witness:
    """Witness the Python files below a folder, for code that is run from where it is written."""
    return ("sources", path, _sources(path))


def variable(name: str) -> Witness:
    """Witness an environment variable."""
    return ("variable", name, os.environ.get(name))


def holds(witness: Witness) -> bool:
    """Tell whether what was seen then is what would be seen now."""
    how, what, seen = witness
    if how == "names" and seen is None:  # too many to compare
        return False
    look = _LOOKS.get(how)
    return look is not None and look(what) == seen


def _content(path: str) -> bytes | None:
    try:
        with open(path, "rb") as stream:
            return stream.read(LARGEST_FILE)
    except OSError:  # not there, a folder, or not for us: each would look the same again
        return None


def _stamp(path: str) -> tuple[int, int, int] | None:
    try:
        seen = os.stat(path)
    except OSError:
        return None
    return (seen.st_size, seen.st_mtime_ns, seen.st_ino)


def _names(path: str) -> tuple[str, ...] | None:
    found: list[str] = []
    for folder, _, files in os.walk(path):
        found += [f"{folder}/{name}" for name in files]
        if len(found) > MOST_NAMES:
            return None
    return tuple(sorted(found))


def _distributions(path: str) -> tuple[tuple[str, int], ...] | None:
    try:
        with os.scandir(path) as entries:
            found = [
                (entry.name, entry.stat(follow_symlinks=False).st_mtime_ns)
                for entry in entries
                if entry.name.endswith((".dist-info", ".egg-info", ".egg-link", ".pth"))
                or entry.name.startswith("__editable__")
            ]
    except OSError:
        return None
    return tuple(sorted(found))


def _sources(path: str) -> tuple[tuple[str, object], ...]:
    found: list[tuple[str, object]] = []
    for folder, _, files in os.walk(path):
        paths = [f"{folder}/{name}" for name in files if name.endswith(".py")]
        found += [(path, _stamp(path)) for path in paths]  # editors leave links named *.py that lead nowhere
    return tuple(sorted(found))


_LOOKS: dict[str, Callable[[str], object]] = {
    "file": _content,
    "stamp": _stamp,
    "names": _names,
    "distributions": _distributions,
    "sources": _sources,
    "variable": os.environ.get,
}
