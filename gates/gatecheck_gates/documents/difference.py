"""What a change adds to the names that its code offers, what it takes away, and what only has another name or place now."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from gatecheck.formats.python_source import Unreadable
from gatecheck.model import ChangedPath
from gatecheck_gates.documents.api import api
from gatecheck_gates.documents.code import Code
from gatecheck_gates.documents.declared import declared
from gatecheck_gates.documents.mapping import DocumentMap, new_name, old_name
from gatecheck_gates.documents.names import Kind, Name

_WORD = re.compile(r"[\w-]+")


@dataclass(frozen=True)
class Difference:
    """The names of the changed files on both sides, held against each other."""

    new: tuple[Name, ...] = ()
    renamed: tuple[tuple[Name, Name], ...] = ()
    """What has another name and does the same: the new name, and the old one."""
    removed: tuple[Name, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()
    """Files of the merge result of which nothing can be told."""
    guessed: tuple[Unreadable, ...] = ()
    """Files of the base that cannot be parsed: any word in them counted as a name that was there."""


def difference(
    base: Code, merge: Code, changed: Sequence[ChangedPath], where: DocumentMap, settings: tuple[str, ...]
) -> Difference:
    """Compare the Python files of a change."""
    before: list[Name] = []
    after: list[Name] = []
    unreadable: list[Unreadable] = []
    guessed: list[Unreadable] = []
    known: set[str] = set()
    answered: set[str] = set()
    for each in changed:
        old, new = old_name(each), new_name(each)
        if old and _is_python(old) and where.entries_of(old):
            try:
                before += names_of(base, old, settings)
            except Unreadable as error:
                guessed.append(error)
                known |= set(_WORD.findall((base.files.read(old) or b"").decode("utf-8", "replace")))
        if new and _is_python(new) and where.entries_of(new):
            try:
                after += names_of(merge, new, settings)
                module = merge.module(new)
                answered |= module.answered if module else frozenset()
            except Unreadable as error:
                unreadable.append(error)
    added = [name for name in _not_in(after, before) if known.isdisjoint(name.spellings)]
    removed = [name for name in _not_in(before, after) if name.text not in answered]
    added = list(_not_moved(added, removed))
    renamed = tuple(_renamed(added, removed))
    again = {new.key for new, _ in renamed}
    stay = tuple(name for name in added if name.key not in again)
    return Difference(stay, renamed, tuple(removed), tuple(unreadable), tuple(guessed))


def names_of(code: Code, path: str, settings: tuple[str, ...]) -> Iterator[Name]:
    """Yield all names of one file. Raises Unreadable."""
    tree, module = code.tree(path), code.module(path)
    if tree is not None and module is not None:
        yield from api(module, path, code.offered(path))
        yield from declared(tree, path, settings)


def _is_python(path: str) -> bool:
    return path.endswith(".py")


def _not_in(some: Iterable[Name], others: Iterable[Name]) -> Iterator[Name]:
    """Yield the names that the other side does not have, each once. An option is the same when any spelling is."""
    seen = {name.key for name in others}
    some = sorted(some, key=lambda name: name.kind is Kind.REEXPORT)  # the definition tells more
    options = {spelling for name in others if name.kind is Kind.OPTION for spelling in name.spellings}
    for name in some:
        if name.key in seen or (name.kind is Kind.OPTION and not options.isdisjoint(name.spellings)):
            continue
        seen.add(name.key)
        yield name


def _not_moved(added: Iterable[Name], removed: Iterable[Name]) -> Iterator[Name]:
    """Yield the names that are not just somewhere else now: a method that moved to another class keeps its last name."""
    gone = Counter(name.last for name in removed if name.kind.family == "api")
    for name in added:
        if name.kind.family == "api" and gone[name.last] > 0:
            gone[name.last] -= 1
        else:
            yield name


def _renamed(added: Iterable[Name], removed: Iterable[Name]) -> Iterator[tuple[Name, Name]]:
    gone: dict[tuple[Kind, str], list[Name]] = {}
    for name in removed:
        if name.shape:
            gone.setdefault((name.kind, name.shape), []).append(name)
    for name in added:
        if candidates := gone.get((name.kind, name.shape)):
            yield name, candidates.pop(0)
