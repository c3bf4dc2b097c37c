"""Markdown pages: links, anchors, code. Also what MyST adds to it: directives in fences, roles and labels.

Sources: CommonMark 0.31 (fenced code, links, headings), GitHub's anchors, Python-Markdown's and MyST's attributes. Read line by
line, without the grammar's last corners: indented code is text here, since lists and admonitions are indented too.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from gatecheck.formats import restructuredtext
from gatecheck.formats.page import LONGEST_LINE, Block, Link, Page, blanked, dedented, slugs, spans, without

_FENCE = re.compile(r"^(?P<indent>[\s>]*(?:[-*+]\s+|\d+[.)]\s+)?)(?P<mark>`{3,}|~{3,})(?P<info>[^`]*)$")
_DIRECTIVE = re.compile(r"\{([\w:.+-]+)\}\s*(.*)")
_HEADING = re.compile(r"^ {0,3}#{1,6}\s")
_UNDERLINE = re.compile(r"^ {0,3}(?:=+|-+)\s*$")
_INLINE = re.compile(r"\]\(\s*(?:<([^<>\n]*)>|((?:[^\s()<>]|\([^\s()]*\))+))")
_DEFINITION = re.compile(r"^ {0,3}\[(?!\^)[^\]]+\]:\s*(?:<([^<>]*)>|(\S+))")
_HTML = re.compile(r"""\b(?:href|src)\s*=\s*["']([^"'\s<>]+)["']""")
_ATTRIBUTES = re.compile(r"\{:?[^{}#]*#([\w:.-]+)[^{}]*\}")
_HTML_ANCHOR = re.compile(r"""\b(?:id|name)\s*=\s*["']([^"']+)["']""")
_LABEL = re.compile(r"^\s*\(([^()]+)\)=\s*$")
_ROLE = re.compile(r"\{doc\}`(?:[^`<]*<)?([^`<>]+)>?`")
_LINKED = re.compile(r"!?\[([^\[\]]*)\]\([^()]*\)")
_CODE_DIRECTIVES = frozenset({"code", "code-block", "code-cell", "sourcecode"})
_TEXT_DIRECTIVES = frozenset({"eval-rst"})


def read(text: str) -> Page:
    """Return what a page says."""
    text = without(text, "<!--", "-->")
    lines = text.split("\n")
    reading = _Reading()
    at = 0
    while at < len(lines):
        fence = _FENCE.match(lines[at]) if 0 < len(lines[at]) <= LONGEST_LINE else None
        if fence is None:
            reading.prose(lines, at)
            at += 1
            continue
        end = _closed(lines, at, fence["mark"])
        reading.fence(fence["info"].strip(), lines[at + 1 : end], at + 2)
        at = end + 1
    return Page(
        text, tuple(reading.code), tuple(reading.links), frozenset(reading.anchors), tuple(reading.blocks)
    )


def _closed(lines: Sequence[str], at: int, mark: str) -> int:
    """Return the index of the line that closes a fence; the page's end closes every one."""
    for number in range(at + 1, len(lines)):
        stripped = lines[number].strip(" \t>")
        if len(stripped) >= len(mark) and not stripped.strip(mark[0]):
            return number
    return len(lines)


class _Reading:
    """What has been read of one page so far."""

    def __init__(self) -> None:
        self.code: list[tuple[int, str]] = []
        self.links: list[Link] = []
        self.anchors: set[str] = set()
        self.blocks: list[Block] = []
        self._titles: Counter[str] = Counter()

    def fence(self, info: str, body: Sequence[str], line: int) -> None:
        """Take in a fenced block: code, or a directive."""
        directive = _DIRECTIVE.match(info)
        name, language = (directive[1], directive[2]) if directive else ("", info)
        if name in _TEXT_DIRECTIVES:
            self.inner(restructuredtext.read(dedented(body)), line)
            return
        if name and name not in _CODE_DIRECTIVES:
            self.code += [(line - 1, info), *((line + n, text) for n, text in enumerate(body))]
            return
        skipped = _options(body) if name else 0
        self.code += [(line + n, text) for n, text in enumerate(body)]
        words = language.strip("{}. ").replace(",", " ").split()
        shown = [text.lstrip("> ") if text.lstrip().startswith(">") else text for text in body[skipped:]]
        quoted = all(text.lstrip().startswith(">") for text in body if text.strip())
        text = dedented(shown if quoted and not _is_doctest(body) else body[skipped:])
        self.blocks.append(Block(words[0].lower() if words else "", text, line + skipped))

    def inner(self, page: Page, line: int) -> None:
        """Take in a page of another markup that stands inside this one."""
        self.code += [(line + n - 1, text) for n, text in page.code]
        self.links += [Link(link.target, line + link.line - 1, link.how) for link in page.links]
        self.anchors |= page.anchors
        self.blocks += [Block(block.language, block.text, line + block.line - 1) for block in page.blocks]

    def prose(self, lines: Sequence[str], at: int) -> None:
        """Take in a line that is no code."""
        line, number = lines[at], at + 1
        if not 0 < len(line) <= LONGEST_LINE:
            return
        self.code += [(number, line[start:end]) for start, end in spans(line)]
        self.named(lines, at)
        plain = blanked(line)
        for found in (*_DEFINITION.finditer(plain), *_INLINE.finditer(plain)):
            self.links.append(Link(found[1] if found[1] is not None else found[2], number))
        self.links += [Link(found[1], number) for found in _HTML.finditer(plain)]
        self.links += [Link(found[1].strip(), number, "document") for found in _ROLE.finditer(line)]

    def named(self, lines: Sequence[str], at: int) -> None:
        """Take in the anchors of a line: of its heading (a second one of the same title is numbered), and those that it gives itself."""
        if title := _title(lines, at):
            again = self._titles[title]
            self._titles[title] += 1
            self.anchors |= {f"{slug}-{again}" if again else slug for slug in slugs(title)}
        for pattern in (_ATTRIBUTES, _HTML_ANCHOR, _LABEL):
            for found in pattern.finditer(lines[at]):
                self.anchors |= slugs(found[1])


def _title(lines: Sequence[str], at: int) -> str:
    """Return the heading that stands in a line, empty when none does."""
    line = lines[at]
    heading = _HEADING.match(line)
    if heading:
        title = line[heading.end() :].strip().rstrip("#")
    elif line.strip() and at + 1 < len(lines) and _UNDERLINE.match(lines[at + 1]):
        title = line
    else:
        return ""
    return _LINKED.sub(r"\1", _ATTRIBUTES.sub("", title)).replace("`", "").replace("*", "")


def _options(body: Sequence[str]) -> int:
    """Return how many lines of a directive are its options: `:name: value`, or YAML between dashes."""
    if body and body[0].strip() == "---":
        return next((n + 1 for n in range(1, len(body)) if body[n].strip() == "---"), 0)
    return next((n for n, text in enumerate(body) if not re.match(r"\s*:[\w-]+:", text)), len(body))


def _is_doctest(body: Sequence[str]) -> bool:
    return any(text.lstrip().startswith(">>>") for text in body)
