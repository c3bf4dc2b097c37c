"""Output formats: each a pure function of the report, one file a format; and the progress that a reader sees meanwhile."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping

from gatecheck.errors import UsageError
from gatecheck.model import Report
from gatecheck.render import json, text
from gatecheck.render.style import Style

Format = Callable[[Report, Style], str]
"""Returns the whole document, safe to print, with a newline at its end."""


def _text(report: Report, style: Style) -> str:
    return text.text(report, color=style.color, verbose=style.verbose, width=style.width)


def _json(report: Report, _style: Style) -> str:
    return json.json(report)


FORMATS: Mapping[str, Format] = {"text": _text, "json": _json}


def render(name: str, report: Report, style: Style | None = None) -> str:
    """Return the report in the named format. Raises UsageError when there is no such format."""
    return known(name)(report, style or Style())


def known(name: str) -> Format:
    """Return the named format; ask before the run, so that a typing error does not cost one. Raises UsageError."""
    if name in FORMATS:
        return FORMATS[name]
    near = difflib.get_close_matches(name, FORMATS, n=1)
    hint = f" (did you mean {near[0]}?)" if near else ""
    raise UsageError(f"there is no output format {name!r}{hint}", fix=f"Choose one of {', '.join(FORMATS)}.")


__all__ = ["FORMATS", "Format", "Style", "known", "render"]
