"""Reads bandit's own JSON report: which files it scanned, which it could not, and what it found.

Source: bandit 1.9, `formatters/json.py`, `core/manager.py` and `core/issue.py`. Its exit code says nothing of the files that it
skipped; only `errors` does, and `metrics` names every file that it began with.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from gatecheck.errors import ToolError
from gatecheck.formats.json_document import clean, parse, typed

Level = Literal["undefined", "low", "medium", "high"]
LEVELS: tuple[Level, ...] = ("undefined", "low", "medium", "high")
"""How severe an issue is, and how sure bandit is of it; the mildest first."""
_WHAT = "report of bandit"
_TOTALS = "_totals"
_QUOTED = re.compile(r": '.*'\Z", re.DOTALL)
_SAYS_A_PASSWORD = frozenset({"B105", "B106", "B107"})
"""Tests whose message quotes what may be a password; see `plugins/general_hardcoded_password.py`."""


@dataclass(frozen=True, slots=True)
class Issue:
    """One issue as bandit reports it. Two of the same run are different if any of their fields is."""

    path: str
    """As bandit writes it, which begins with `./`."""
    test: str
    """`B602`."""
    name: str
    """`subprocess_popen_with_shell_equals_true`."""
    line: int
    severity: Level
    confidence: Level
    text: str
    """Without what may be a password."""
    url: str
    """The page that explains the test; empty for tests that are not bandit's own."""
    place: str
    """Where in the file it lies, down to the column, so that two issues on one line can be told apart."""


@dataclass(frozen=True, slots=True)
class Scan:
    """What one run of bandit looked at and found. Every file is named in exactly one of the first two."""

    files: frozenset[str]
    skipped: Mapping[str, str]
    """Files that it could not look at, each with its reason."""
    issues: tuple[Issue, ...]
    """In the report's order."""


def read(data: bytes) -> Scan:
    """Return what a report says. Raises ToolError when it is not a report, or contradicts itself."""
    report = typed(parse(data, what=_WHAT), dict, what=_WHAT, where="its top")
    skipped: dict[str, str] = {}
    for number, told in enumerate(_list(report, "errors")):
        entry = typed(told, dict, what=_WHAT, where=f"errors/{number}")
        skipped[_text(entry, "filename", number)] = clean(_text(entry, "reason", number))
    begun = typed(report.get("metrics"), dict, what=_WHAT, where="metrics").keys() - {_TOTALS}
    files = frozenset(begun - skipped.keys())
    issues = tuple(_issue(told, number) for number, told in enumerate(_list(report, "results")))
    for issue in issues:
        if issue.path not in files:
            message = f"The {_WHAT} has an issue in {issue.path}, which it does not count as scanned."
            raise ToolError(message, fix="Install bandit anew beside gatecheck, and run again.")
    return Scan(files, skipped, issues)


def _issue(told: object, number: int) -> Issue:
    entry = typed(told, dict, what=_WHAT, where=f"results/{number}")
    test, text = _text(entry, "test_id", number), _text(entry, "issue_text", number)
    if test in _SAYS_A_PASSWORD:
        text = _QUOTED.sub(" (not shown)", text)
    url = entry.get("more_info")
    extent = [entry.get(name) for name in ("line_range", "col_offset", "end_col_offset")]
    return Issue(
        _text(entry, "filename", number),
        test,
        _text(entry, "test_name", number),
        typed(entry.get("line_number"), int, what=_WHAT, where=f"results/{number}/line_number"),
        _level(entry, "issue_severity", number),
        _level(entry, "issue_confidence", number),
        clean(text.strip()),
        url if isinstance(url, str) else "",
        repr(extent),
    )


def _level(entry: dict[str, object], name: str, number: int) -> Level:
    word = _text(entry, name, number).lower()
    if word not in LEVELS:
        message = (
            f"The {_WHAT} has {word[:40]!r} at results/{number}/{name}, where low, medium or high belongs."
        )
        raise ToolError(message, fix="See whether this version of bandit, or a plugin of it, is a known one.")
    return word


def _list(report: dict[str, object], name: str) -> list[object]:
    return typed(report.get(name), list, what=_WHAT, where=name)


def _text(entry: dict[str, object], name: str, number: int) -> str:
    return typed(entry.get(name), str, what=_WHAT, where=f"entry {number}/{name}")
