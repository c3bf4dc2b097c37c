"""Which pages tell of which code, by the policy."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath

from gatecheck.formats.pages import is_page
from gatecheck.model import ChangedPath, Globs

_HISTORY = re.compile(
    r"(?:change(?:s|log)?|history|news|releases?|release[-_ ]?notes|what'?s?[-_ ]?new|upgrad\w*|migrat\w*|deprecat\w*"
    r"|newsfragments|changelog\.d)(?:[-_. ].*)?\Z",
    re.IGNORECASE,
)

_FEW = 4
"""So many patterns stand in a message."""


@dataclass(frozen=True)
class Entry:
    """One line of the policy's `map`."""

    code: Globs
    pages: Globs

    def __str__(self) -> str:
        return ", ".join(self.code.patterns)

    @property
    def where(self) -> str:
        """The pages' patterns, as a message names them."""
        patterns = [pattern for pattern in self.pages.patterns if not pattern.startswith("!")]
        return ", ".join(patterns[:_FEW]) + (" ..." if patterns[_FEW:] else "")


@dataclass(frozen=True)
class DocumentMap:
    """The whole of it: what is code that pages should tell of, and what is a page."""

    map: Mapping[str, tuple[str, ...]]
    ignore: Globs
    packages_only: bool = False
    """Files that lie in no package are scripts, and no page needs to tell of them."""

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """The lines, in the policy's order."""
        return tuple(Entry(Globs((code,)), Globs(pages)) for code, pages in self.map.items())

    def entries_of(self, path: str) -> tuple[Entry, ...]:
        """Return the lines that speak of a file; none when it is no code that pages should tell of."""
        if self.ignore.match(path) or self.is_page(path):
            return ()
        return tuple(entry for entry in self.entries if entry.code.match(path))

    def is_page(self, path: str) -> bool:
        """Tell whether a file is a page of any code."""
        return is_page(path) and any(entry.pages.match(path) for entry in self.entries)

    def code_changes(self, paths: tuple[ChangedPath, ...]) -> tuple[ChangedPath, ...]:
        """Return the changed paths that are code on one side at least."""
        return tuple(p for p in paths if any(map(self.entries_of, names(p))))

    def page_changes(self, paths: tuple[ChangedPath, ...]) -> tuple[ChangedPath, ...]:
        """Return the changed paths that are pages on one side at least."""
        return tuple(p for p in paths if any(map(self.is_page, names(p))))


def names(changed: ChangedPath) -> Iterator[str]:
    """Yield a changed path's names: of a rename both."""
    yield changed.path
    if changed.old_path:
        yield changed.old_path


def old_name(changed: ChangedPath) -> str | None:
    """Return a changed path's name on the base, None when it was added."""
    return None if changed.status == "added" else changed.old_path or changed.path


def new_name(changed: ChangedPath) -> str | None:
    """Return a changed path's name on the merge result, None when it was deleted."""
    return None if changed.status == "deleted" else changed.path


def is_history(path: str) -> bool:
    """Tell whether a page tells what was: a changelog, release notes, a guide for upgrading. It may name what is gone."""
    return any(_HISTORY.match(part) for part in (*PurePosixPath(path).parts[:-1], PurePosixPath(path).stem))
