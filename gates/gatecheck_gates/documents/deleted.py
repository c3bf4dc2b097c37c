"""Documentation that a change deletes, though what it tells of is still there."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from gatecheck.formats.page import Page
from gatecheck.model import ChangedPath
from gatecheck_gates.documents.automatic import Automatic
from gatecheck_gates.documents.everywhere import Everywhere
from gatecheck_gates.documents.library import Library, words
from gatecheck_gates.documents.mapping import DocumentMap, is_history, new_name, old_name
from gatecheck_gates.documents.names import Kind, Name

_TELLING = re.compile(r"_|\d|[a-z][A-Z]|\A--")
"""What no English word has."""


@dataclass(frozen=True)
class Deleted:
    """A name whose last mention went."""

    name: Name
    page: str
    """Where it stood on the base."""


@dataclass(frozen=True)
class _Lost:
    """What one page told on the base, and does not tell any more."""

    page: str
    words: frozenset[str]
    """Words that stood there as code, or look like code."""
    all_words: frozenset[str]
    automatic: tuple[Automatic, ...]

    def told(self, name: Name) -> bool:
        """Tell whether the page told of a name by what it lost; of a method, if it told of its class too."""
        if any(each.tells(name) for each in self.automatic):
            return True
        if self.words.isdisjoint(name.spellings):
            return False
        return not name.owner or name.owner.rpartition(".")[2] in self.all_words


def deleted(
    pages: Sequence[ChangedPath],
    before: Library,
    after: Library,
    everywhere: Everywhere,
    new: Collection[tuple[str, str]],
) -> Iterator[Deleted]:
    """Yield the names, each once, that pages told of on the base, and no page tells of on the merge result.

    `new` are keys of names that the change adds, of which no page can have told.
    """
    # A changelog tells what was: whoever edits one deletes no documentation.
    told = (each for each in pages if not is_history(old_name(each) or each.path))
    lost = [found for each in told if (found := _lost(each, before, after, everywhere.where))]
    if not lost:
        return
    sought = {word for each in lost for word in each.words}
    sought |= {each.target.rpartition(".")[2] for found in lost for each in found.automatic if each.target}
    seen: set[tuple[str, str]] = set()
    for name in everywhere.names(sought):
        page = next((each.page for each in lost if each.told(name)), None)
        if page is None or name.key in seen or name.key in new or name.kind is Kind.REEXPORT:
            continue
        seen.add(name.key)
        shelves = [entry.pages for entry in everywhere.where.entries_of(name.path)]
        if any(globs.match(page) for globs in shelves) and not after.tells(name, shelves):
            yield Deleted(name, page)


def _lost(changed: ChangedPath, before: Library, after: Library, where: DocumentMap) -> _Lost | None:
    old, new = old_name(changed), new_name(changed)
    page, told = (before.page(old), before.told(old)) if old else (None, None)
    if old is None or page is None or told is None:
        return None
    now = after.told(new) if new and where.is_page(new) else None
    left = told.words - (now.words if now else frozenset())
    automatic = tuple(each for each in told.automatic if now is None or each not in now.automatic)
    lost = frozenset(word for word in _as_code(page) if word in left)
    return _Lost(old, lost, told.words, automatic) if lost or automatic else None


def _as_code(page: Page) -> frozenset[str]:
    """Return the words of a page that are set as code, and those that can be nothing else."""
    code = words("\n".join(text for _, text in page.code))
    return code | {word for word in words(page.text) if _TELLING.search(word)}
