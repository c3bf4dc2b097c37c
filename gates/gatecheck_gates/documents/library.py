"""The pages of one side: which words stand on them, and which names they tell of."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePosixPath

from gatecheck.formats import pages
from gatecheck.formats.page import Page
from gatecheck.model import Globs
from gatecheck_gates.documents.automatic import Automatic, automatic, configured
from gatecheck_gates.documents.names import Name
from gatecheck_gates.documents.tree import Tree

_WORD = re.compile(r"\w+")
_DASHED = re.compile(r"(?<![\w-])(?:--?\w[\w.-]*|\w+(?:-\w+)+)")


@dataclass(frozen=True)
class Told:
    """What one page tells, in short."""

    words: frozenset[str]
    automatic: tuple[Automatic, ...]

    def tells(self, name: Name) -> bool:
        """Tell whether a name stands there as a word, or a tool writes it there."""
        return not self.words.isdisjoint(name.spellings) or any(each.tells(name) for each in self.automatic)


@dataclass
class Library:
    """One side's pages, each read when it is asked for."""

    files: Tree
    first: tuple[str, ...] = ()
    """Pages that are looked at before others: those of the change."""
    _pages: dict[str, Page | None] = field(default_factory=dict)
    _told: dict[str, Told | None] = field(default_factory=dict)
    _shelves: dict[Globs, tuple[str, ...]] = field(default_factory=dict)

    @cached_property
    def all(self) -> tuple[str, ...]:
        """All files whose names are those of pages, the change's first."""
        found = [path for path in self.files.files if pages.is_page(path)]
        return tuple(sorted(found, key=lambda path: path not in self.first))

    def shelf(self, globs: Globs) -> tuple[str, ...]:
        """Return the pages that patterns match."""
        if globs not in self._shelves:
            self._shelves[globs] = tuple(path for path in self.all if globs.match(path))
        return self._shelves[globs]

    def page(self, path: str) -> Page | None:
        """Return a page, None when it is not there."""
        if path not in self._pages:
            data = self.files.read(path)
            self._pages[path] = None if data is None else pages.read(path, data)
        return self._pages[path]

    def told(self, path: str) -> Told | None:
        """Return what a page tells, None when it is not there."""
        if path not in self._told:
            page = self.page(path)
            self._told[path] = None if page is None else self._told_by(path, page)
        return self._told[path]

    def tells(self, name: Name, shelves: Iterable[Globs]) -> bool:
        """Tell whether any page of these patterns tells of a name."""
        return any(told.tells(name) for told in self._all_told(shelves))

    def _all_told(self, shelves: Iterable[Globs]) -> Iterator[Told]:
        for globs in shelves:
            yield from filter(None, map(self.told, self.shelf(globs)))

    def _told_by(self, path: str, page: Page) -> Told:
        members, whole = self._configured(path)
        everything = (Automatic("everything"),) if whole else ()
        return Told(words(page.text), (*automatic(page.text, members=members), *everything))

    def _configured(self, path: str) -> tuple[bool, bool]:
        """Return what Sphinx's configuration in the folders above a page asks for."""
        for folder in PurePosixPath(path).parents:
            if folder not in self._confs:
                data = self.files.read(str(folder / "conf.py")) if str(folder) != "." else None
                self._confs[folder] = None if data is None else configured(data.decode("utf-8", "replace"))
            if (found := self._confs[folder]) is not None:
                return found
        return False, False

    @cached_property
    def _confs(self) -> dict[PurePosixPath, tuple[bool, bool] | None]:
        return {}


def words(text: str) -> frozenset[str]:
    """Return the words of a text; one with dashes counts as a whole too, and an option with those before it."""
    text = text.replace("\\_", "_").replace("\\-", "-")
    return frozenset(_WORD.findall(text)) | {found.rstrip(".-") for found in _DASHED.findall(text)}
