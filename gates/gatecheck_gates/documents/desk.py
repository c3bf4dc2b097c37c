"""Everything that the docs gate has before it for one change: both sides' code and pages, and what changed of each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from gatecheck.model import ChangedPath, Globs, Workspace
from gatecheck_gates.documents.code import Code
from gatecheck_gates.documents.deleted import Deleted, deleted
from gatecheck_gates.documents.difference import Difference, difference
from gatecheck_gates.documents.everywhere import Everywhere
from gatecheck_gates.documents.library import Library
from gatecheck_gates.documents.mapping import DocumentMap, is_history, names, new_name, old_name
from gatecheck_gates.documents.names import Kind, Name
from gatecheck_gates.documents.stale import Stale, stale
from gatecheck_gates.documents.touch import Untouched, does_something_new, touched_pages, untouched
from gatecheck_gates.documents.tree import Tree


@dataclass(frozen=True)
class Desk:
    """One change; each thing is looked at once, when it is asked for."""

    workspace: Workspace
    where: DocumentMap
    settings: tuple[str, ...]
    exported_only: bool = False

    @cached_property
    def code(self) -> tuple[ChangedPath, ...]:
        """The changed files that pages should tell of."""
        changed = self.where.code_changes(self.workspace.change.paths)
        if not self.where.packages_only:
            return changed
        before, after = self.sources
        return tuple(
            each
            for each in changed
            if ((old := old_name(each)) and before.is_importable(old))
            or ((new := new_name(each)) and after.is_importable(new))
        )

    @cached_property
    def pages(self) -> tuple[ChangedPath, ...]:
        """The changed pages, whatever the policy exempts from other gates."""
        return self.where.page_changes(self.workspace.whole.paths)

    @cached_property
    def trees(self) -> tuple[Tree, Tree]:
        """The files of the base, and of the merge result."""
        return Tree(self.workspace, "base"), Tree(self.workspace, "merge")

    @cached_property
    def sources(self) -> tuple[Code, Code]:
        """The code of both sides."""
        before, after = self.trees
        return Code(before, self.exported_only), Code(after, self.exported_only)

    @cached_property
    def libraries(self) -> tuple[Library, Library]:
        """The pages of both sides."""
        first = tuple(path for each in self.pages for path in names(each))
        return Library(self.trees[0], first), Library(self.trees[1], first)

    @cached_property
    def everywhere(self) -> Everywhere:
        """The whole code of the merge result, for the few words that need it."""
        return Everywhere(self.sources[1], self.where, self.settings)

    @cached_property
    def difference(self) -> Difference:
        """What the change adds and takes away."""
        return difference(*self.sources, self.code, self.where, self.settings)

    @property
    def has_pages(self) -> bool:
        """Tell whether any mapped page is there, on either side."""
        return any(self.where.is_page(path) for library in self.libraries for path in library.all)

    @cached_property
    def edits(self) -> tuple[ChangedPath, ...]:
        """The changed code that does anything else than before."""
        return tuple(each for each in self.code if does_something_new(each, *self.sources))

    def untouched(self) -> Iterator[Untouched]:
        """Yield the lines of the map whose code changed without any of its pages."""
        if self.edits:
            yield from untouched(self.edits, self.where, tuple(touched_pages(self.pages, *self.libraries)))

    def undocumented(self) -> Iterator[Name]:
        """Yield the new names that no page tells of; of what only got another name, if pages told of it before."""
        before, after = self.libraries
        for name in self.difference.new:
            if not after.tells(name, self.shelves(name)) and not self._overrides(name):
                yield name
        for name, old in self.difference.renamed:
            if before.tells(old, self.shelves(old)) and not after.tells(name, self.shelves(name)):
                yield name

    def stale(self) -> Iterator[Stale]:
        """Yield the places at which pages tell of what is gone."""
        written = self.workspace.whole.lines
        yield from stale(self.difference.removed, self.libraries[1], self.everywhere, self.where, written)

    def deleted(self) -> Iterator[Deleted]:
        """Yield what is there still, and not told of any more."""
        new = {name.key for name in self.difference.new} | {name.key for name, _ in self.difference.renamed}
        yield from deleted(self.pages, *self.libraries, self.everywhere, new)

    def shelves(self, name: Name) -> list[Globs]:
        """Return the patterns of the pages that should tell of a name."""
        return [entry.pages for entry in self.where.entries_of(name.path)]

    def suggested(self, name: Name) -> str:
        """Return the page in which a name would best be described: one that the change edits, else the first that is there."""
        shelves = self.shelves(name)
        there = (path for path in self.libraries[1].all if any(globs.match(path) for globs in shelves))
        by_worth = sorted(there, key=is_history)  # the change's own come first, and the order stays
        return by_worth[0] if by_worth else shelves[0].patterns[0].lstrip("/")

    def _overrides(self, name: Name) -> bool:
        inherits = self.sources[1].inherits
        return name.kind is Kind.METHOD and inherits(name.path, name.owner, name.last)
