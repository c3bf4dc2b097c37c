"""Whether a change that edits code says anything new on the pages of that code."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gatecheck.formats.python_source import Unreadable, shape
from gatecheck.model import ChangedPath
from gatecheck_gates.documents.code import Code
from gatecheck_gates.documents.library import Library
from gatecheck_gates.documents.mapping import DocumentMap, Entry, new_name, old_name


@dataclass(frozen=True)
class Untouched:
    """Code that changed, and none of its pages said anything new."""

    entry: Entry
    paths: tuple[str, ...]


def untouched(code: Sequence[ChangedPath], where: DocumentMap, touched: Sequence[str]) -> Iterator[Untouched]:
    """Yield the lines of the map whose code changed and of whose pages none is among the touched ones."""
    for entry in where.entries:
        paths = tuple(
            each.path
            for each in code
            if any(name and entry in where.entries_of(name) for name in (old_name(each), new_name(each)))
        )
        if paths and not any(entry.pages.match(page) for page in touched):
            yield Untouched(entry, paths)


def touched_pages(pages: Sequence[ChangedPath], before: Library, after: Library) -> Iterator[str]:
    """Yield the pages that say something which they did not say: a word more, not an empty line, nor a deletion."""
    for each in pages:
        new, old = new_name(each), old_name(each)
        page = after.page(new) if new else None
        was = before.page(old) if old else None
        if new and page and Counter(page.text.split()) - Counter(was.text.split() if was else ()):
            yield new


def does_something_new(changed: ChangedPath, before: Code, after: Code) -> bool:
    """Tell whether a changed file does anything else than before; comments, layout and docstrings do nothing."""
    new, old = new_name(changed), old_name(changed)
    if not (new and old and new.endswith(".py") and old.endswith(".py")):
        return True
    try:
        one, two = before.tree(old), after.tree(new)
    except Unreadable:
        return True
    return one is None or two is None or list(shape(one)) != list(shape(two))
