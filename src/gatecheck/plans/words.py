"""Tells text that somebody wrote from text that only fills a space: the template's, a placeholder, or a "no" without a reason."""

from __future__ import annotations

import re

from gatecheck.plans.template import DOES, PARTS, ROLLBACK, TITLE
from gatecheck.settings import shown

_PLACEHOLDERS = re.compile(
    r"\b(?:todo|tbd|tba|tbc|fixme|wip|x{3,}|placeholder|fill (?:this |me )?in|coming soon|later"
    r"|to be (?:done|decided|defined|determined|written|confirmed)|lorem ipsum[^\n]*)\b"
    r"|<[^<>:]*>|\[[^\[\]]*\]",
    re.IGNORECASE,
)
_BEGUN = re.compile(r"(TODO|TBD|FIXME|XXX)\b[*_`]*\s*(?:$|:|\.\.\.|…)", re.IGNORECASE)
"""A line that begins with a word which says that something is still to be written."""
_MARKS = " \t>*+-_`#0123456789.)"
"""What stands before the first word of a line: list marks, quotation marks, emphasis."""
_NO = re.compile(
    r"\b(?:n\s?/\s?a|n\.a|not (?:applicable|needed|necessary|relevant|required|affected)|does not apply|nothing to do"
    r"|no (?:changes?|impacts?|effects?|needs?)|unaffected|unchanged|none|nothing|nil|na|no)\b",
    re.IGNORECASE,
)
_ASKED = tuple(" ".join(text.split()) for text in (*(p.asks for p in PARTS if p.asks), DOES, ROLLBACK, TITLE))


def unwritten(text: str) -> str:
    """Return what is wrong with a text that should have been written, as the end of "it ..."; empty when nothing is."""
    words = " ".join(text.split())
    if not _has_words(words):
        return "is empty"
    left = words
    for asked in _ASKED:
        left = left.replace(asked, " ")
    if not _has_words(left):
        return "holds only the template's own text"
    if not _has_words(_NO.sub(" ", words)):
        return f"says {shown(words)} and not why"
    begun = next(filter(None, (_BEGUN.match(line.lstrip(_MARKS)) for line in text.split("\n"))), None)
    if begun or not _has_words(_PLACEHOLDERS.sub(" ", words)):
        return f"holds a placeholder: {shown(begun[1] if begun else words)}"
    return ""


def _has_words(text: str) -> bool:
    return any(character.isalnum() for character in text)
