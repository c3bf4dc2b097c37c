"""Lines for a terminal: spans of text with a tone, put together in the one place that escapes and colours them."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from gatecheck.render import escape

TONES = {"good": "32", "bad": "1;31", "warn": "33", "quiet": "2", "strong": "1"}
"""Select Graphic Rendition parameters (ECMA-48, 8.3.117): the terminal's own palette, so that any theme stays readable."""

LONGEST_SPAN = 4000
"""Characters; a message may be a test's whole output."""


class Span(NamedTuple):
    """A piece of a line; the words carry the meaning, the tone only helps the eye."""

    text: str
    tone: str = ""


Line = tuple[Span, ...]


def paint(line: Line, *, color: bool) -> str:
    """Return the line as it goes to a stream: every span escaped, nothing after the last visible character."""
    shown = [Span(escape.cut(escape.line(span.text), LONGEST_SPAN), span.tone) for span in line]
    while shown and not shown[-1].text.strip():
        shown.pop()
    if shown:
        shown[-1] = shown[-1]._replace(text=shown[-1].text.rstrip())
    return "".join(f"\x1b[{TONES[tone]}m{text}\x1b[0m" if color and tone else text for text, tone in shown)


def width(text: str) -> int:
    """How many columns an escaped text takes. Source: Unicode Standard Annex 11, East Asian Width."""
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1
        for char in text
    )


def columns(rows: Sequence[Sequence[Span]], *, indent: str = "  ", gap: str = "  ") -> list[Line]:
    """Align the rows' cells; the last cell of a row stands free and sets no width, an empty column takes none."""
    widths: dict[int, int] = {}
    for row in rows:
        for place, cell in enumerate(row[:-1]):
            widths[place] = max(widths.get(place, 0), width(escape.line(cell.text)))
    return [(Span(indent), *_row(row, widths, gap)) for row in rows]


def _row(row: Sequence[Span], widths: dict[int, int], gap: str) -> Iterable[Span]:
    for place, cell in enumerate(row[:-1]):
        if widths[place]:
            shown = escape.line(cell.text)
            yield Span(shown, cell.tone)
            yield Span(" " * (widths[place] - width(shown)) + gap)
    yield row[-1]


def prose(text: str, *, columns: int, limit: int = 30) -> list[str]:
    """Return a text's lines, escaped, wrapped at blanks, without empty ones; past `limit` of its own, how many more."""
    own = [line for line in escape.lines(escape.cut(text, LONGEST_SPAN)) if line]
    wrapped = [
        part
        for line in own[:limit]
        for part in textwrap.wrap(line, columns, break_long_words=False, break_on_hyphens=False)
    ]
    return wrapped if len(own) <= limit else [*wrapped, f"… ({len(own) - limit:,} more lines)"]
