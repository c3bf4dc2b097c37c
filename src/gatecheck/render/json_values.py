"""Values as the JSON report has them: safe to print, and bounded."""

from __future__ import annotations

import math
from collections.abc import Sequence

from gatecheck.render import escape

ENTRIES_OF_A_LIST = 1000
CHARACTERS_OF_A_TEXT = 4000


def text(told: str) -> str:
    """Return a text as it may be shown, and no longer than what a reader takes."""
    return escape.cut("\n".join(escape.lines(told)), CHARACTERS_OF_A_TEXT)


def maybe(told: str | None) -> str | None:
    """Return the same of a text that may be missing."""
    return None if told is None else text(told)


def texts(told: Sequence[str]) -> list[str]:
    """Return the first of some texts, each as it may be shown."""
    return [text(each) for each in told[:ENTRIES_OF_A_LIST]]


def number(value: float | None) -> float | None:
    """Return a number that JSON has; None for any other."""
    return value if value is not None and math.isfinite(value) else None
