"""SARIF 2.1.0, as ESLint, ruff, semgrep, CodeQL, gosec, trivy and others write it.

Source: Static Analysis Results Interchange Format 2.1.0 (OASIS standard, 27 March 2020); section numbers stand at the
code. A run that says of itself that it did not succeed is a ToolError, however few results it has.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from gatecheck.errors import ToolError
from gatecheck.formats.json_document import find, parse
from gatecheck.formats.sarif_run import Run
from gatecheck.formats.sarif_value import WHAT, Value

Level = Literal["error", "warning", "note", "none"]
_LEVELS: dict[str, Level] = {"error": "error", "warning": "warning", "note": "note", "none": "none"}
_ABOUT_NOTHING_WRONG = {"pass", "notApplicable"}
"""Kinds of result that are no finding (3.27.9)."""


@dataclass(frozen=True, slots=True)
class Found:
    """One result: what a rule says of one place."""

    rule: str
    level: Level
    message: str
    path: str | None
    """Absolute where the file gives a `file:` URI, else relative to where the tool ran; None for no file."""
    line: int | None
    """From 1."""
    snippet: str | None
    """The text at the place, where the file carries it."""
    suppressed: bool


@dataclass(frozen=True, slots=True)
class Sarif:
    """What one SARIF file says, all of its runs together."""

    tool: str
    """Names, with a comma between those of several runs."""
    results: tuple[Found, ...]
    artifacts: frozenset[str]
    """Files that the tool says it looked at, with those it found something in; many tools list none."""
    rules: int
    """How many rules are described; many tools describe only those that found something."""


def read(data: bytes, *, amid_output: bool = False) -> Sarif:
    """Return what the file says. With `amid_output` it stands between other lines of a program's output.

    Raises ToolError when it is not SARIF 2.1.0, holds no run, or a run says that it failed.
    """
    document = find(data, what=WHAT) if amid_output else parse(data, what=WHAT)
    log = Value(document, "the top")
    version = log["version"].text()
    if version != "2.1.0":
        message = f"The SARIF file says version {str(version)[:40]!r}; 2.1.0 is read."
        raise ToolError(message, fix="Let the tool write SARIF 2.1.0.")
    runs = tuple(Run(value) for value in log["runs"].items())
    if not runs:
        raise ToolError(
            "The SARIF file holds no run, so the tool looked at nothing.", fix="See the tool's own output."
        )
    for run in runs:
        run.check()
    results = tuple(found for run in runs for value in run.results() if (found := _found(run, value)))
    return Sarif(
        tool=", ".join(dict.fromkeys(run.tool for run in runs)),
        results=results,
        artifacts=frozenset[str]().union(
            {f.path for f in results if f.path}, *(run.artifacts() for run in runs)
        ),
        rules=sum(run.rules() for run in runs),
    )


def _found(run: Run, result: Value) -> Found | None:
    kind = result["kind"].text() or "fail"
    if kind in _ABOUT_NOTHING_WRONG or result["baselineState"].text() == "absent":
        return None
    rule = run.rule(result)
    path, region = run.place(result)
    line = region["startLine"].optional(int)
    return Found(
        rule=rule.name,
        level=_level(result, rule.level) if kind == "fail" else "none",
        message=run.message(result["message"], rule),
        path=path,
        line=line if line is not None and line > 0 else None,
        snippet=region["snippet"]["text"].text(),
        suppressed=_suppressed(result),
    )


def _level(result: Value, default: str) -> Level:
    """Return the result's level, else its rule's, else "warning" (3.27.10)."""
    said = result["level"].text() or default
    if said in _LEVELS:
        return _LEVELS[said]
    message = f"The SARIF file says level {said[:40]!r} at {result.where}."
    raise ToolError(message, fix="See whether the tool's version writes SARIF 2.1.0.")


def _suppressed(result: Value) -> bool:
    """Tell whether there is a suppression, and none that was rejected or waits for review (3.27.23, 3.35.3)."""
    states = [each["status"].text() or "accepted" for each in result["suppressions"].items()]
    return bool(states) and all(state == "accepted" for state in states)
