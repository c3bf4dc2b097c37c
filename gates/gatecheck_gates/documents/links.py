"""Relative links and anchors of pages: whether they lead somewhere in the tree. Addresses of other hosts are never asked for."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath
from urllib.parse import unquote

from gatecheck.formats.page import Link, slugs
from gatecheck.formats.pages import is_page
from gatecheck.model import ChangedPath
from gatecheck_gates.documents.library import Library
from gatecheck_gates.documents.mapping import new_name, old_name

_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:|//|<", re.IGNORECASE)
_MADE = re.compile(r"[{}<>*|$]")
"""Marks of templates and patterns: what is there in the end is not known."""
_LABEL = re.compile(r"^[ \t]*\(([^()\n]+)\)=[ \t]*$", re.MULTILINE)
_LINES = re.compile(r"L\d")
_SUFFIXES = (".md", ".rst", ".txt", ".markdown", ".ipynb")
_INDEXES = ("index.md", "README.md", "index.rst", "README.rst")
_BUILT = frozenset({".html", ".htm", ""})


@dataclass(frozen=True)
class Broken:
    """A link that leads nowhere."""

    page: str
    line: int
    target: str
    why: str


@dataclass
class Links:
    """The links of one side's pages."""

    library: Library

    @cached_property
    def paths(self) -> frozenset[str]:
        """All files of the tree, and all folders."""
        files = self.library.files.files
        folders = {str(folder) for path in files for folder in PurePosixPath(path).parents}
        return frozenset(files) | folders

    def broken(self, path: str) -> Iterator[Broken]:
        """Yield the links of a page that lead nowhere."""
        page = self.library.page(path)
        for link in page.links if page else ():
            why = self._why(path, link)
            if why:
                yield Broken(path, link.line, link.target, why)

    def leading_to(self, places: frozenset[str], among: Sequence[str]) -> Iterator[str]:
        """Yield the pages with a link whose text names one of these files, by its name without a suffix."""
        stems = {PurePosixPath(place).stem for place in places}
        for path in among:
            page = self.library.page(path)
            for link in page.links if page else ():
                if any(stem in link.target for stem in stems):
                    yield path
                    break

    def _why(self, path: str, link: Link) -> str:
        """Return why a link is broken; empty when it is not, or when only a tool that builds the pages could tell."""
        target, _, anchor = unquote(link.target).partition("#")
        target = target.partition("?")[0]
        if _ELSEWHERE.match(link.target) or _MADE.search(link.target) or "\\" in target:
            return ""
        if not target:
            return "" if self._has_anchor(path, anchor) else f"no heading or label `#{anchor}` is there"
        there = self._there(path, target, link)
        if there is None:
            return ""
        found = next((each for each in _candidates(there) if each in self.paths), None)
        if found is None:
            return f"there is no {there}"
        if anchor and is_page(found) and not self._has_anchor(found, anchor):
            return f"{found} has no heading or label `#{anchor}`"
        return ""

    def _there(self, path: str, target: str, link: Link) -> str | None:
        """Return the place in the tree that a link names; None when it lies outside, or only a built site has it."""
        folder = posixpath.dirname(path)
        if target.startswith("/"):
            top = self._documentation(path) if link.how == "document" else None
            if top is None:
                return None
            folder, target = top, target.lstrip("/")
        if link.how == "document" and target == "self":
            return None
        there = posixpath.normpath(posixpath.join(folder, target))
        return None if there.startswith("..") else there

    def _documentation(self, path: str) -> str | None:
        """Return the folder with Sphinx's configuration above a page."""
        above = (str(folder) for folder in PurePosixPath(path).parents)
        return next((folder for folder in above if f"{folder}/conf.py" in self.paths), None)

    def _has_anchor(self, path: str, anchor: str) -> bool:
        """Tell whether a page has an anchor, as far as one can see: tools make anchors of their own from what they include."""
        page, told = self.library.page(path), self.library.told(path)
        if not page or not told or not anchor:
            return True
        wanted = slugs(anchor)
        made = "." in anchor or bool(told.automatic) or "include::" in page.text or bool(_LINES.match(anchor))
        return made or not page.anchors.isdisjoint(wanted) or not self.labels.isdisjoint(wanted)

    @cached_property
    def labels(self) -> frozenset[str]:
        """The labels `(name)=` of MyST on all pages, to which an anchor may lead from anywhere."""
        found: set[str] = set()
        for path in self.library.all:
            page = self.library.page(path)
            for label in _LABEL.findall(page.text) if page else ():
                found |= slugs(label)
        return frozenset(found)


def _candidates(there: str) -> Iterator[str]:
    """Yield what may stand behind a link: the file, the page that it is built from, a folder or its index."""
    yield there
    stem, suffix = posixpath.splitext(there)
    for end in _SUFFIXES:
        yield there + end
        if suffix.lower() in _BUILT:
            yield stem + end
    for index in _INDEXES:
        yield posixpath.join(there, index)
        if suffix.lower() in _BUILT:
            yield posixpath.join(posixpath.dirname(there), index)


def broken_links(
    changed: Sequence[ChangedPath],
    pages: Sequence[ChangedPath],
    before: Library,
    after: Library,
    is_mapped: Callable[[str], bool],
) -> Iterator[tuple[Broken, bool]]:
    """Yield the broken links of the merge result, with whether the change brought them.

    Looked at are the changed pages, and those that lead to a file which is gone or to a changed page, whose headings may be gone.
    """
    here, there = Links(after), Links(before)
    gone = {old for each in changed if each.status in {"deleted", "renamed"} and (old := old_name(each))}
    edited = {new for each in pages if (new := new_name(each))}
    looked_at = sorted(edited)
    if gone or edited:
        targets = frozenset(gone | edited)
        others = [path for path in after.all if path not in edited and is_mapped(path)]
        looked_at += here.leading_to(targets, others)
    old_names = {new: old for each in pages if (new := new_name(each)) and (old := old_name(each))}
    for path in looked_at:
        known = {each.target for each in there.broken(old_names.get(path, path))}
        for broken in here.broken(path):
            yield broken, broken.target not in known
