"""Requirements files: what pip would install from them, without asking pip, an index or the environment."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from packaging.requirements import InvalidRequirement, Requirement

from gatecheck.formats.manifests.nouns import (
    Loose,
    Manifest,
    Pin,
    Read,
    in_folder_of,
    named,
    sorted_out,
    where,
)
from gatecheck.formats.manifests.requirement_lines import Line, decode, lines, options

MOST_FILES = 200
"""Files that one requirements file may include, directly or not."""
_VARIABLE = re.compile(r"\$\{[A-Z0-9_]+\}")
_SCHEME = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]*:")
_ARCHIVE = (".whl", ".zip", ".tar.gz", ".tar.bz2", ".tar.xz", ".tgz", ".tar")
_INCLUDES = {"--requirement", "--constraint"}


def read_requirements(path: str, read: Read) -> Manifest:
    """Return what a requirements file and those that it includes name. Constraints are pins too: they decide what is installed."""
    reading = _Reading(read)
    found = list(reading.file(path, Loose(path, "unreadable", "it is no file of the tree", path)))
    return sorted_out(found, tuple(sorted(reading.seen - {path})))


class _Reading:
    """Follows includes, each file once."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self.seen: set[str] = set()

    def file(self, path: str, absent: Loose) -> Iterator[Pin | Loose]:
        """Yield what a file names; `absent` says that it is not there."""
        if path in self.seen:
            return
        data = self._read(path) if len(self.seen) < MOST_FILES else None
        if data is None:
            yield absent
            return
        self.seen.add(path)
        try:
            for line in lines(decode(data)):
                yield from self.line(line, path)
        except (ValueError, LookupError) as error:
            yield Loose(path, "unreadable", f"pip cannot read the file ({error})", path)

    def line(self, line: Line, path: str) -> Iterator[Pin | Loose]:
        if line.requirement:
            yield _requirement(line.requirement, path, line.number)
            return
        for option in options(line.options):
            text = f"{option.name} {option.value}".strip()
            if option.name in _INCLUDES:
                yield from self.include(text, option.value, path, line.number)
            elif option.name == "--editable":
                yield _elsewhere(option.value, path, line.number)
            elif not option.name:
                yield Loose(text, "unreadable", "it is no option that is known here", path, line.number)

    def include(self, text: str, target: str, path: str, number: int) -> Iterator[Pin | Loose]:
        place = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
        if _VARIABLE.search(target) or _SCHEME.match(target) or not in_folder_of(path, target):
            yield Loose(text, "elsewhere", "what it includes is not in the tree", path, number)
            return
        yield from self.file(
            place, Loose(text, "unreadable", f"{place} is no file of the tree", path, number)
        )


def _requirement(text: str, path: str, number: int) -> Pin | Loose:
    if _VARIABLE.search(text):
        return Loose(text, "elsewhere", "an environment variable decides what it is", path, number)
    place = text.partition("[")[0]
    if " " not in text and place.endswith(_ARCHIVE):  # which could be a name, too
        return _elsewhere(text, path, number)
    try:
        return named(Requirement(text), path, number)
    except InvalidRequirement:
        if _SCHEME.match(text) or "/" in place or place.startswith("."):
            return _elsewhere(text, path, number)
        return Loose(text, "unreadable", "it is no requirement (PEP 508)", path, number)


def _elsewhere(text: str, path: str, number: int) -> Loose:
    """Return what stands for a path or an address."""
    place = text.partition("[")[0]
    remote = _SCHEME.match(text) or _VARIABLE.search(text) or " @ " in text
    why = "elsewhere" if remote else where(path, place)
    reason = (
        "it comes from an address of its own" if why == "elsewhere" else "it is a part of this repository"
    )
    return Loose(text, why, reason, path, number)
