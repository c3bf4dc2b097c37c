"""A page of documentation as its readers and tools see it: its text, what in it is code, where it leads and what it shows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

_NO_WORD = re.compile(r"[\W_]+")
_RUN = re.compile(r"`+")
LONGEST_LINE = 20_000
"""Characters; what is longer was not written by hand, and is text without marks."""


@dataclass(frozen=True, slots=True)
class Link:
    """Where a page leads."""

    target: str
    """As it is written, without a title; an anchor alone begins with `#`."""
    line: int
    how: Literal["path", "document"] = "path"
    """`document` is Sphinx's way: without a suffix, and from the root of the documentation when it begins with a slash."""


@dataclass(frozen=True, slots=True)
class Block:
    """A block of code that is shown."""

    language: str
    """In small letters; empty when the page does not say."""
    text: str
    line: int
    """Of its first line of code."""


@dataclass(frozen=True)
class Page:
    """One page, read once."""

    text: str
    """Everything but comments."""
    code: tuple[tuple[int, str], ...] = ()
    """Lines, and parts of lines, that are set as code, with their numbers."""
    links: tuple[Link, ...] = ()
    anchors: frozenset[str] = frozenset()
    """Where links into the page may lead, as `slugs` writes them."""
    blocks: tuple[Block, ...] = ()


def slugs(title: str) -> frozenset[str]:
    """Return the anchors that renderers make of a heading, or a link's anchor in the form in which they are compared.

    Forges drop punctuation, docutils turns it into dashes; neither keeps capitals, and runs of dashes count as one.
    """
    plain = title.lower()
    dashed = _NO_WORD.sub("-", plain).strip("-")
    dropped = re.sub(r"[^\w\s-]", "", plain)
    return frozenset((dashed, re.sub(r"[\s_-]+", "-", dropped).strip("-")))


def spans(line: str) -> Iterator[tuple[int, int]]:
    """Yield where the insides of a line's code spans begin and end: a run of backticks opens, the next one as long closes."""
    if len(line) > LONGEST_LINE:
        return
    runs = [(run.start(), run.end()) for run in _RUN.finditer(line)]
    at = 0
    while at < len(runs):
        end = runs[at][1]
        closing = _closing(runs, at)
        if closing is None:
            at += 1
            continue
        yield end, runs[closing][0]
        at = closing + 1


def _closing(runs: Sequence[tuple[int, int]], at: int) -> int | None:
    length = runs[at][1] - runs[at][0]
    return next((n for n in range(at + 1, len(runs)) if runs[n][1] - runs[n][0] == length), None)


def blanked(line: str) -> str:
    """Return a line with the insides of its code spans taken out, so that no mark in code is taken for one."""
    for start, end in spans(line):
        line = line[:start] + " " * (end - start) + line[end:]
    return line


def without(text: str, opening: str, closing: str) -> str:
    """Return a text without its comments; its lines stay where they are. What is never closed is no comment."""
    parts: list[str] = []
    at = 0
    while (start := text.find(opening, at)) >= 0 and (end := text.find(closing, start)) >= 0:
        end += len(closing)
        parts += (text[at:start], "\n" * text.count("\n", start, end))
        at = end
    return "".join((*parts, text[at:]))


def dedented(lines: Sequence[str]) -> str:
    """Return lines without the indentation that they share, and without empty ones at their end."""
    width = min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)
    return "\n".join(line[width:] for line in lines).rstrip() + "\n"
