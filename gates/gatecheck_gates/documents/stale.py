"""What pages still say of names that are gone: only where a page sets the name as code, so that no English word is taken for it."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass

from gatecheck.formats.page import Page
from gatecheck_gates.documents.everywhere import Everywhere
from gatecheck_gates.documents.library import Library
from gatecheck_gates.documents.mapping import DocumentMap, is_history
from gatecheck_gates.documents.names import Kind, Name

_SAYS_SO = re.compile(
    r"\b(?:remov\w*|renam\w*|replac\w*|deprecat\w*|former\w*|previous\w*|no longer|dropped|used to|gone|instead of"
    r"|until|before|version(?:changed|removed))\b",
    re.IGNORECASE,
)
_ANYWHERE = frozenset({Kind.OPTION, Kind.VARIABLE})
"""Kinds whose spelling is such that it is no other word."""


@dataclass(frozen=True)
class Stale:
    """One page that tells of what is gone."""

    name: Name
    page: str
    line: int


Written = Callable[[str], Collection[int]]
"""Gives the lines of a page that the change wrote: who writes of a name now knows that it is gone."""


def stale(
    removed: Iterable[Name], library: Library, everywhere: Everywhere, where: DocumentMap, written: Written
) -> Iterator[Stale]:
    """Yield the places, one a page, at which pages of the merge result tell of names that no code has any more."""
    gone = [name for name in removed if _alone(name)]
    for name in _without_members(gone):
        found = list(_told_of(name, library, where, written))
        if found and not _is_somewhere(name, everywhere):
            yield from (Stale(name, page, line) for page, line in found)


def _alone(name: Name) -> bool:
    """Tell whether a name can be recognised: a key that is one plain word may mean anything."""
    return name.kind is not Kind.KEY or any(mark in name.text for mark in "_-")


def _without_members(names: list[Name]) -> Iterator[Name]:
    """Yield the names but for members of classes that are gone as a whole."""
    gone = {name.text for name in names if name.kind is Kind.CLASS}
    yield from (name for name in names if name.owner not in gone)


def _told_of(name: Name, library: Library, where: DocumentMap, written: Written) -> Iterator[tuple[str, int]]:
    """Yield the pages that tell of a name, each with the first line that does."""
    seen: set[str] = set()
    for entry in where.entries_of(name.path):
        for path in library.shelf(entry.pages):
            told = library.told(path)
            if path in seen or is_history(path) or not told or told.words.isdisjoint(name.spellings):
                continue
            seen.add(path)
            page = library.page(path)
            line = _line(name, page, written(path)) if page else None
            if line:
                yield path, line


def _line(name: Name, page: Page, written: Collection[int]) -> int | None:
    """Return the first line of a page that tells of a name, unless what stands around it says that it is gone."""
    lines = page.text.split("\n")
    parts = enumerate(lines, 1) if name.kind in _ANYWHERE else iter(page.code)
    pattern = _pattern(name)
    for number, part in parts:
        if number not in written and pattern.search(part) and not _SAYS_SO.search(_paragraph(lines, number)):
            return number
    return None


def _pattern(name: Name) -> re.Pattern[str]:
    if name.kind in {*_ANYWHERE, Kind.KEY}:
        spelled = "|".join(map(re.escape, name.spellings))
        return re.compile(rf"(?<![\w-])(?:{spelled})(?![\w-])")
    last = re.escape(name.last)
    if name.owner:
        owner = re.escape(name.owner.rpartition(".")[2])
        return re.compile(rf"(?<!\w){owner}\.{last}(?!\w)")
    above = "|".join(map(re.escape, name.module.split(".")))
    plain = name.text.islower() and "_" not in name.text
    own = rf"(?<![\w.])(?:[\w.]*\b(?:{above})\.)?{last}"
    return re.compile(rf"{own}\s*\(|\A~?{own}\Z" if plain else rf"{own}(?!\w)")


def _paragraph(lines: list[str], number: int) -> str:
    first = last = number - 1
    while first > 0 and lines[first - 1].strip():
        first -= 1
    while last + 1 < len(lines) and lines[last + 1].strip():
        last += 1
    return "\n".join(lines[first : last + 1])


def _is_somewhere(name: Name, everywhere: Everywhere) -> bool:
    """Tell whether code of the merge result still has a name of this spelling."""
    if name.kind is Kind.KEY:
        return any(everywhere.holding([name.text.replace("-", "_")]))
    spelled = set(name.spellings)
    return any(
        other.kind.family == name.kind.family and not spelled.isdisjoint(other.spellings)
        for other in everywhere.names([name.last])
    )
