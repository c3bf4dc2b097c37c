"""Whether the changelog has a new line in its unreleased part, or the folder of fragments a new file.

Sources: keepachangelog.com 1.1.0 for `Unreleased` as a heading; towncrier for folders of fragments. Projects that write
`Unreleased` below the next version's heading (as in "Version 8.2.0", "Unreleased") are understood, and so is the change that makes a
release: the part below a heading that the base does not have counts.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from gatecheck.formats import pages
from gatecheck.model import ChangedPath
from gatecheck_gates.documents.library import Library
from gatecheck_gates.documents.mapping import new_name

_HEADING = re.compile(r"^(?P<hashes>#{1,6})\s+(?P<title>.+?)\s*#*$")
_ADORNMENT = re.compile(r"^([=\-~^\"'*+#`:.])\1{2,}\s*$")
_VERSION = re.compile(
    r"\d+\.\d+|\d{4}-\d{2}-\d{2}|\bv\d+\b|unreleased|upcoming|\bnext\b|\bdev\b", re.IGNORECASE
)
_UNRELEASED = re.compile(
    r"unreleased|not (?:yet )?released|to be released|upcoming|in development", re.IGNORECASE
)
_DATE = re.compile(
    r"\b\d{4}-\d{2}-\d{2}\b|\b\d{1,2}(?:st|nd|rd|th)?,? (?:of )?[A-Z][a-z]{2,8},? \d{4}|\b[A-Z][a-z]{2,8}\.? \d{1,2}(?:st|nd|rd|th)?,? \d{4}|\bReleased \d{4}"
)
_WORD = re.compile(r"\w")


@dataclass(frozen=True)
class Part:
    """What stands below one version's heading."""

    title: str
    lines: tuple[str, ...]


def has_entry(path: str, changed: Sequence[ChangedPath], before: Library, after: Library) -> bool:
    """Tell whether the change writes into a changelog, or adds a fragment to a folder of them."""
    page = after.page(path)
    if page is None:
        added = [new_name(each) for each in changed if each.status in {"added", "renamed", "modified"}]
        inside = (name for name in added if name and name.startswith(f"{path}/") and pages.is_page(name))
        return any(_WORD.search(found.text) for name in inside if (found := after.page(name)))
    old = before.page(path)
    old_parts = parts(old.text) if old else []
    known = {part.title for part in old_parts}
    there = Counter(line.strip() for line in open_lines(old_parts, known))
    now = Counter(line.strip() for line in open_lines(parts(page.text), known))
    return any(_WORD.search(line) for line in now - there)


def open_lines(found: Sequence[Part], known: Collection[str]) -> Iterator[str]:
    """Yield the lines of the unreleased part, and of parts with headings that are not among the known ones."""
    unreleased = next((part for part in found if _UNRELEASED.search(part.title)), None)
    if unreleased is None and found and not _is_released(found[0]):
        unreleased = found[0]
    for part in found:
        if part is unreleased:
            yield from part.lines
        elif part.title not in known:
            yield from (part.title, *part.lines)


def _is_released(part: Part) -> bool:
    """Tell whether a part has a date, in its heading or in the line below: then it is closed."""
    head = [part.title, *(line for line in part.lines if line.strip())][:2]
    return any(map(_DATE.search, head)) and not any(map(_UNRELEASED.search, head))


def parts(text: str) -> list[Part]:
    """Return the parts of a changelog below headings that name a version, in its order; without any, the whole is one part."""
    lines = text.split("\n")
    starts = [(number, title) for number, title in _headings(lines) if _VERSION.search(title)]
    if not starts:
        return [Part("", tuple(lines))]
    ends = [number for number, _ in starts[1:]] + [len(lines)]
    return [
        Part(title, tuple(lines[number + 1 : end])) for (number, title), end in zip(starts, ends, strict=True)
    ]


def _headings(lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(lines):
        if found := _HEADING.match(line):
            yield number, found["title"]
        elif number + 1 < len(lines) and _WORD.search(line) and _ADORNMENT.match(lines[number + 1]):
            yield number, line.strip()
