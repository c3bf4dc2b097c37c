"""Takes the comments out of a Markdown text; what looks like one inside of code is none. One look at each character.

Source: CommonMark 0.31, chapters 4.5 (code blocks), 4.6 (HTML blocks) and 6.1 (code spans).
"""

from __future__ import annotations

import re

_MARK = re.compile(r"<!--|(?:^|(?<=\n)) {0,3}(?P<fence>`{3,}|~{3,})|(?P<ticks>`+)")


def without_comments(text: str) -> str:
    """Return the text without its comments; their line breaks stay, so that no line moves. A comment that never ends is none."""
    kept, at, from_ = [], 0, 0
    while mark := _MARK.search(text, at):
        if mark["fence"]:
            at = _end_of_block(text, mark.start("fence"), mark["fence"])
        elif mark["ticks"]:
            at = _end_of_span(text, mark.end(), mark["ticks"])
        else:
            end = text.find("-->", mark.end())
            if end < 0:
                break
            kept += [text[from_ : mark.start()], "\n" * text.count("\n", mark.start(), end)]
            at = from_ = end + 3
    return "".join([*kept, text[from_:]])


def _end_of_block(text: str, start: int, fence: str) -> int:
    """Return where a fenced code block ends: behind the fence that closes it, or with the text."""
    line = text.find("\n", start)
    opening = text[start : line if line >= 0 else len(text)]
    if fence[0] == "`" and "`" in opening[len(fence) :]:
        return start + len(fence)  # a code span that begins a line
    closing = re.compile(rf"\n {{0,3}}{re.escape(fence[0])}{{{len(fence)},}}[ \t]*(?=\n|\Z)")
    end = closing.search(text, start)
    return end.end() if end else len(text)


def _end_of_span(text: str, start: int, ticks: str) -> int:
    """Return where a code span ends that was opened before `start`, or `start` when nothing on its line closes it."""
    line = text.find("\n", start)
    for run in re.compile("`+").finditer(text, start, line if line >= 0 else len(text)):
        if run[0] == ticks:
            return run.end()
    return start
