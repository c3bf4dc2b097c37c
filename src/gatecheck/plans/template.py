"""What a new plan holds: the front matter, and a heading with a question for each part that a plan must have."""

from __future__ import annotations

import json
import re
from typing import NamedTuple

FOLDER = ".gatecheck/plans/"
LONGEST_TITLE = 120
LONGEST_NAME = 60
"""Characters of a title that go into a file's name."""

_HIDDEN = re.compile(
    r"[^\x20-\x7e\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]|[\u200b-\u200f\u2028-\u202e\u2060-\u2069]"
)
"""What a plan's reader refuses, since people would not see it."""


class Part(NamedTuple):
    """One section that every plan has."""

    title: str
    level: int
    asks: str
    """The question that the section answers, which stands below the heading as a comment; empty: a heading that needs no text of its own."""


PARTS = (
    Part("Problem analysis", 2, "What is wrong or missing now, for whom, and how do you know?"),
    Part(
        "Solution design",
        2,
        "What will be different, how does it work, and which other way was not taken, and why?",
    ),
    Part(
        "Implementation strategy",
        2,
        "Why in these steps and in this order? The steps, what each needs and how one goes back from it stand at the top of this file.",
    ),
    Part(
        "Impact assessment",
        2,
        "Who or what notices the change? What could go wrong, how likely, how bad? Why is the risk what it is?",
    ),
    Part("Testing", 2, ""),
    Part("Unit tests", 3, "Which parts are tested alone, and with which cases?"),
    Part("Integration tests", 3, "Which parts are tested together, and against what?"),
    Part("Performance tests", 3, "What is measured, and what may it cost?"),
    Part("User acceptance tests", 3, "What does a user do, and what must they see?"),
    Part(
        "Feature flags",
        2,
        "Behind which switch does it come, who turns it, and when does the switch go away?",
    ),
    Part("Migration", 2, "What must be moved or converted, and how does one go back?"),
    Part("Compatibility", 2, "Who uses what is changed, and what do they have to do?"),
    Part("Configuration", 2, "Which settings are new or mean something else, and what are their defaults?"),
    Part("Verification", 2, "How do you see afterwards that it works where it is used, and who looks?"),
)
"""All parts, in the order of a new plan."""

DOES = "What is done in this step."
ROLLBACK = "How one goes back from here, as a command where there is one."
TITLE = "In one line: what this is for."

_FRONT = """\
---
title: {title}
branch: {branch}
{snapshot}risk: low  # low, medium or high; when the paths or the size say more than you do, add `risk-reason`
components: {{}}  # the only paths that may change, as patterns of .gitignore: {{shop: ["/shop/**", "/tests/**"]}}
steps:
  first:
    does: {does}
    needs: []  # names of steps that must be done before
    rollback: {rollback}
---
"""


def path_for(title: str, time: str) -> str:
    """Return where a new plan goes, relative to the work tree; `time` is `YYYYMMDDTHHMMSSZ`, as in snapshots' names."""
    words = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:LONGEST_NAME].rstrip("-")
    return f"{FOLDER}{time}{'-' + words if words else ''}.md"


def stub(title: str, *, branch: str, snapshot: str = "") -> str:
    """Return a new plan's text. Nothing in it is answered yet, so `gatecheck plan check` refuses it as it is.

    `snapshot` is the record of the snapshot that was made before the work: `backup-<time> <id of the tag's object>`; the gate `snapshot`
    then sees whether the tag has moved since.
    """
    title = _one_line(title)[:LONGEST_TITLE].strip()
    front = _FRONT.format(
        title=_quoted(title or TITLE),
        branch=_quoted(_one_line(branch)),
        snapshot=f"snapshot: {_quoted(_one_line(snapshot))}  # tells whether the tag has moved since\n"
        if snapshot
        else "",
        does=_quoted(DOES),
        rollback=_quoted(ROLLBACK),
    )
    heading = (title or TITLE).replace("<!--", "<! --")
    return f"{front}\n# {heading}\n" + "".join(map(_section, PARTS))


def _section(part: Part) -> str:
    comment = f"<!-- {part.asks} -->\n" if part.asks else ""
    return f"\n{'#' * part.level} {part.title}\n" + (comment and f"\n{comment}")


def _one_line(text: str) -> str:
    """Return text without what people would not see, on one line."""
    seen = _HIDDEN.sub(" ", text.replace("\ufeff", " "))
    return " ".join(seen.split())


def _quoted(text: str) -> str:
    """Return one line as a YAML scalar in double quotes. Source: YAML 1.2.2, chapter 7.3.1, of which JSON's strings are a part."""
    return json.dumps(text, ensure_ascii=False)
