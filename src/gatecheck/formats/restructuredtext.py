"""reStructuredText pages, with Sphinx's directives: links, anchors, code.

Sources: the reStructuredText specification (explicit markup, literal blocks, sections), Sphinx's directives and roles. Read by
lines and indentation, without docutils: directives that no tool here knows are text.
"""

from __future__ import annotations

import re

from gatecheck.formats.page import LONGEST_LINE, Block, Link, Page, dedented, slugs, spans

_DIRECTIVE = re.compile(r"^(\s*)\.\.\s+(?:\|[^|]+\|\s+)?([\w:.+-]+)::(?:\s+(.*))?$")
_TARGET = re.compile(r"^\s*\.\.\s+_((?:[^:\\`]|\\.)+|`[^`]+`):(?:\s+(.*))?$")
_MARKUP = re.compile(r"^\s*\.\.\s+(?:_|\[|\||__)")
_COMMENT = re.compile(r"^\s*\.\.(?:\s|$)")
_ADORNMENT = re.compile(r"^([!-/:-@\[-`{-~])\1*\s*$")
_EMBEDDED = re.compile(r"(?<![:\w])`[^`<]*<([^`<>]+)>`_{1,2}(?!\w)")
_REFERENCE = re.compile(r"(?<![:\w`])`([^`<>]+)`_(?![_\w])")
_DOC = re.compile(r":doc:`(?:[^`<]*<)?([^`<>]+)>?`")
_OPTION = re.compile(r"^\s*:[\w-]+:(\s|$)")
_CODE = frozenset({"code", "code-block", "sourcecode", "ipython", "testcode"})
_SHOWN = frozenset(
    {"parsed-literal", "doctest", "prompt", "testoutput", "productionlist", "click:example", "click:run"}
)
_FILES = frozenset({"image", "figure", "include", "literalinclude"})
_TITLED = re.compile(r"^.*<([^<>]+)>\s*$")


def read(text: str) -> Page:
    """Return what a page says."""
    lines = text.expandtabs(8).split("\n")
    reading = _Reading(lines)
    at = 0
    while at < len(lines):
        at = reading.step(at)
    return Page(
        "\n".join(lines),
        tuple(reading.code),
        tuple(reading.links),
        frozenset(reading.anchors),
        tuple(reading.blocks),
    )


class _Reading:
    """What has been read of one page so far; comments are blanked in its lines."""

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        self.code: list[tuple[int, str]] = []
        self.links: list[Link] = []
        self.anchors: set[str] = set()
        self.blocks: list[Block] = []

    def step(self, at: int) -> int:
        """Take in what begins at a line, and return where the next thing begins."""
        line = self.lines[at]
        if not 0 < len(line) <= LONGEST_LINE:
            return at + 1
        directive = _DIRECTIVE.match(line)
        if directive:
            return self.directive(at, directive[2], (directive[3] or "").strip())
        target = _TARGET.match(line)
        if target:
            return self.target(at, target[1].strip("`"), (target[2] or "").strip())
        if _COMMENT.match(line) and not _MARKUP.match(line):
            end = self.inside(at)
            self.lines[at:end] = [""] * (end - at)
            return end
        self.prose(at)
        if line.rstrip().endswith("::"):
            end = self.inside(at)
            self.code += [(n + 1, self.lines[n]) for n in range(at + 1, end)]
            return end
        return at + 1

    def inside(self, at: int) -> int:
        """Return where the lines end that are indented below a line."""
        width = _width(self.lines[at])
        end = at + 1
        for number in range(at + 1, len(self.lines)):
            if self.lines[number].strip():
                if _width(self.lines[number]) <= width:
                    break
                end = number + 1
        return end

    def directive(self, at: int, name: str, argument: str) -> int:
        """Take in a directive; what stands inside one that is no code is text like any other."""
        if name in _FILES and argument:
            self.links.append(Link(argument, at + 1, "document" if argument.startswith("/") else "path"))
        if name not in _CODE | _SHOWN:
            self.code.append((at + 1, argument))
            if name == "toctree":
                self.entries(at)
            return at + 1
        end = self.inside(at)
        body = self.lines[at + 1 : end]
        skipped = next(
            (n for n, text in enumerate(body) if not _OPTION.match(text) and text.strip()), len(body)
        )
        self.code += [(at + 2 + n, text) for n, text in enumerate(body)]
        if name in _CODE:
            self.blocks.append(Block(argument.lower(), dedented(body[skipped:]), at + 2 + skipped))
        return end

    def entries(self, at: int) -> None:
        """Take in the documents that a table of contents names."""
        body = self.lines[at + 1 : self.inside(at)]
        if any(text.strip().startswith(":glob:") for text in body):
            return
        for number, text in enumerate(body):
            if text.strip() and not _OPTION.match(text):
                titled = _TITLED.match(text)
                self.links.append(Link(titled[1] if titled else text.strip(), at + 2 + number, "document"))

    def target(self, at: int, name: str, leads: str) -> int:
        """Take in a target: a name for the place where it stands, or for an address."""
        self.anchors |= slugs(name.replace("\\", ""))
        if leads and not leads.endswith("_"):
            self.links.append(Link(leads, at + 1))
        return at + 1

    def prose(self, at: int) -> None:
        """Take in a line of text."""
        line, number = self.lines[at], at + 1
        self.code += [(number, line[start:end]) for start, end in spans(line)]
        if line.lstrip().startswith((">>>", "...")):
            self.code.append((number, line))
        if line.strip() and at + 1 < len(self.lines) and _is_underline(self.lines[at + 1], line):
            self.anchors |= slugs(line.replace("`", "").replace("*", ""))
        plain = _without_literals(line)
        self.links += [
            Link(found[1].strip(), number)
            for found in _EMBEDDED.finditer(plain)
            if not found[1].endswith("_")
        ]
        self.links += [Link(f"#{found[1].strip()}", number) for found in _REFERENCE.finditer(plain)]
        self.links += [Link(found[1].strip(), number, "document") for found in _DOC.finditer(plain)]


def _width(line: str) -> int:
    return len(line) - len(line.lstrip())


def _is_underline(below: str, title: str) -> bool:
    return bool(_ADORNMENT.match(below)) and len(below.rstrip()) >= min(len(title.rstrip()), 4)


def _without_literals(line: str) -> str:
    """Return a line without what stands between double backticks."""
    for start, end in reversed(list(spans(line))):
        if line[end : end + 2] == "``":
            line = line[:start] + " " * (end - start) + line[end:]
    return line
