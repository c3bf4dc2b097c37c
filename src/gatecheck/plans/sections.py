"""The headings of a Markdown text and what stands below each. Source: CommonMark 0.31, chapters 4.2, 4.5, 4.6 and 6.1."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from gatecheck.plans.comments import without_comments

_HEADING = re.compile(r" {0,3}(#{1,6})(?=[ \t]|$)")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})(.*)")
_NUMBER = re.compile(r"(?:\d+(?:\.\d+)*[.)]?|[ivx]+[.)])\s+", re.IGNORECASE)


@dataclass(slots=True)
class Section:
    """A heading, and the text between it and the next heading of any level."""

    title: str
    level: int
    line: int
    lines: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The title as it is compared: without number, emphasis and case."""
        return plain(self.title)


def plain(title: str) -> str:
    """Return a title as it is compared."""
    title = title.strip(" \t*_`:")
    number = _NUMBER.match(title)
    return " ".join(title[number.end() if number else 0 :].strip(" \t*_`:").split()).casefold()


def sections(text: str, first: int = 1) -> tuple[Section, ...]:
    """Return the sections of a text in order; its lines are counted from `first`.

    Comments are left out, and what stands in a code block is no heading.
    """
    found = [Section("", 0, first)]
    for number, (line, is_code) in enumerate(_lines(text), first):
        heading = None if is_code else _HEADING.match(line)
        if heading:
            found.append(Section(_title(line[heading.end() :]), len(heading[1]), number))
        else:
            found[-1].lines.append(line)
    return tuple(found[1:])


def below(all_: tuple[Section, ...], at: int, *, but: frozenset[str]) -> str:
    """Return the text of a section with its subsections; those called like one of `but` speak for themselves and are left out."""
    found, skipped = list(all_[at].lines), 0
    for section in all_[at + 1 :]:
        if section.level <= all_[at].level:
            break
        if skipped and section.level > skipped:
            continue
        skipped = section.level if section.name in but else 0
        found += [] if skipped else section.lines
    return "\n".join(found)


def _title(rest: str) -> str:
    """Return a heading's text without the marks that may close it."""
    title = rest.strip()
    bare = title.rstrip("#")
    return bare.rstrip() if not bare or bare[-1] in " \t" else title


def _lines(text: str) -> Iterator[tuple[str, bool]]:
    """Yield each line, and whether it belongs to a fenced code block."""
    fence = ""
    for line in without_comments(text).split("\n"):
        mark = _FENCE.fullmatch(line)
        yield line, bool(fence or mark)
        if mark and not fence:
            fence = "" if "`" in mark[1] and "`" in mark[2] else mark[1]
        elif mark and mark[1].startswith(fence) and not mark[2].strip():
            fence = ""
