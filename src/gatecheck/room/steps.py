"""What must be taken away and written for a folder to hold another tree, its submodules' files included."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import NamedTuple

from gatecheck.errors import CannotTell, ToolError
from gatecheck.repo import Repository
from gatecheck.room.absent import NO_COMMIT, TOO_DEEP, UNREADABLE
from gatecheck.room.blobs import File, is_bytecode, listing
from gatecheck.room.manifest import SUBMODULE, upwards
from gatecheck.room.submodules import Described, Modules, described

DEEPEST = 8
"""Submodules within submodules that are followed."""


class Link(NamedTuple):
    """A submodule of the tree that is held."""

    commit: str
    name: bytes
    """From .gitmodules; empty when nothing there describes it: then no clone has its files."""
    why: str
    """Why its files are absent; empty when they are here, or nobody misses them."""
    folder: str
    """The module repository that its files came from; empty when there are none."""
    tree: str


class Source(NamedTuple):
    """A repository whose tree stands in the folder below a path."""

    prefix: bytes
    """Empty for the repository itself, else a submodule's path and a slash."""
    folder: str
    """The module repository's, empty for the repository itself."""
    repository: Repository
    tree: str


class Steps:
    """Collects the steps. `links` are the submodules that the folder holds; they are kept up to date."""

    def __init__(self, modules: Modules, links: dict[bytes, Link]) -> None:
        self._modules = modules
        self.links = links
        self.gone: list[bytes] = []
        """Files to take away."""
        self.dropped: list[bytes] = []
        """Submodules to take away, with everything below them."""
        self.come: list[File] = []
        """Files to write, in an order in which folders come before what is in them."""
        self.index: list[bytes] = []
        """Lines for `git update-index --index-info` that move the repository's own index along."""

    def move(self, source: Source, old: str) -> None:
        """Go from an old tree (empty: from nothing) to the source's. Raises ToolError when one of them cannot be read."""
        changed = list(_changed(source.repository, old, source.tree))
        known = cache(lambda: _described(source))
        if any(path == b".gitmodules" for path, *_ in changed):
            changed += self._to_be_looked_at_again(source, {path for path, *_ in changed})
        for path, was, mode, blob in changed:
            if not source.prefix:
                self.index.append(b"%o %s\t%s\0" % (mode, blob.encode(), path))
            full = source.prefix + path
            if was and was != SUBMODULE:
                self.gone.append(full)
            elif was and mode != SUBMODULE:
                self._drop(full)
            if mode == SUBMODULE:
                self._link(source, path, blob, known)
            elif mode and not is_bytecode(path):
                self.come.append(File(full, mode, blob, source.repository))

    def look_again(self) -> None:
        """Go to the files of submodules that were absent and are here now."""
        for path, link in list(self.links.items()):
            if path in self.links and not link.folder and link.name:
                source = self.source_of(path)
                self._find(source, path.removeprefix(source.prefix), link, optional=not link.why)

    def source_of(self, path: bytes, tree: str = "") -> Source:
        """Return the source that a path's content is from; `tree` is the repository's own."""
        for folder in upwards(path.rpartition(b"/")[0]):
            link = self.links.get(folder)
            if link and link.folder:
                return Source(folder + b"/", link.folder, self._modules.at(link.folder), link.tree)
        return Source(b"", "", self._modules.at(""), tree)

    def _to_be_looked_at_again(
        self, source: Source, changed: set[bytes]
    ) -> Iterator[tuple[bytes, int, int, str]]:
        """Yield a source's unchanged submodules without files: what describes them has changed."""
        for full, link in list(self.links.items()):
            path = full.removeprefix(source.prefix)
            if not link.folder and path not in changed and self.source_of(full).prefix == source.prefix:
                yield path, SUBMODULE, SUBMODULE, link.commit

    def _link(
        self, source: Source, path: bytes, commit: str, known: Callable[[], dict[bytes, Described] | None]
    ) -> None:
        said = known()
        found = (said or {}).get(path, Described(b"", optional=False))
        full = source.prefix + path
        if full not in self.links:
            self.come.append(File(full, SUBMODULE, commit, source.repository))
        link = Link(commit, found.name, UNREADABLE if said is None else "", "", "")
        self._find(source, path, link, optional=found.optional)

    def _find(self, source: Source, path: bytes, link: Link, *, optional: bool) -> None:
        """Look for a submodule's files, and go to them by the difference where others of its files are held."""
        full = source.prefix + path
        was = self.links.get(full)
        folder, tree, why = "", "", link.why
        if link.name and self._depth(full) > DEEPEST:
            why = TOO_DEEP
        elif link.name:
            folder, tree, why = self._modules.find(source.folder, link.name, link.commit)
        if optional and not folder:
            why = ""
        if was and was.folder and was.folder != folder:
            self._begin_anew(full, link, source)
            was = None
        self.links[full] = Link(link.commit, link.name, why, folder, tree)
        inner = Source(full + b"/", folder, self._modules.at(folder), tree)
        for old in [] if not folder else [was.tree, ""] if was and was.tree else [""]:
            try:
                self.move(inner, old)
            except ToolError:  # objects are missing; nothing was noted down yet
                if old:
                    self._begin_anew(full, link, source)
                self.links[full] = Link(link.commit, link.name, NO_COMMIT, "", "")
            else:
                self.links[full] = Link(link.commit, link.name, why, folder, tree)
                return

    def _begin_anew(self, full: bytes, link: Link, source: Source) -> None:
        self._drop(full)
        self.come.append(File(full, SUBMODULE, link.commit, source.repository))

    def _depth(self, full: bytes) -> int:
        return sum(part in self.links for part in upwards(full.rpartition(b"/")[0])) + 1

    def _drop(self, full: bytes) -> None:
        self.dropped.append(full)
        for path in [path for path in self.links if path == full or path.startswith(full + b"/")]:
            del self.links[path]


def _described(source: Source) -> dict[bytes, Described] | None:
    try:
        return described(source.repository, source.tree)
    except CannotTell:
        return None


def _changed(repository: Repository, old: str, new: str) -> Iterator[tuple[bytes, int, int, str]]:
    """Yield path, old mode, new mode (0: none) and new id of what differs between two trees. Source: git-diff-tree(1), RAW OUTPUT."""
    if not old:
        yield from ((path, 0, mode, blob) for path, mode, blob in listing(repository, new))
        return
    words = ("diff-tree", "-r", "-z", "--raw", "--no-renames", "--no-abbrev", old, new)
    parts = repository.git(*words).split(b"\0")[:-1]
    for head, path in zip(parts[::2], parts[1::2], strict=True):
        was, mode, _, blob, _ = head.split(b" ")
        yield path, int(was[1:], 8), int(mode, 8), blob.decode()
