"""What somebody who decides about a change must see, on one screen: why they are asked, what is green, what is risky, the way back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from gatecheck.model import Approvals, Change, ChangedPath, Effect, Finding, Result, Verdict
from gatecheck.model.change import Globs
from gatecheck.model.risk import HIGH, LOOSENING, MEDIUM, Assessment, size
from gatecheck.render import approvals, words
from gatecheck.render.ink import Line, Span, paint, prose

_MOST = 8
"""Entries of each part: a screen has about forty lines."""
_GREEN = frozenset({Verdict.PASS, Verdict.NOT_APPLICABLE})
_INDENT = 12
_COMMAND = "strong"


@dataclass(frozen=True, slots=True)
class Sheet:
    """All that is shown."""

    change: Change
    branch: str
    authors: Sequence[str]
    commits: int
    results: Sequence[Result]
    """Empty when nobody asked the gates."""
    assessment: Assessment
    approvals: Approvals
    policy: str
    back: Sequence[str]
    """How one goes back, the surest way first."""
    commands: Mapping[str, str]
    """Command lines by what they do: `run`, `approve`, `reject`, `diff`."""


def text(sheet: Sheet, *, color: bool, width: int = 100) -> str:
    """Return the sheet as text that ends with a newline."""
    parts = (_heading(sheet), _why(sheet), _verdicts(sheet), _risks(sheet), _loosens(sheet), _rest(sheet))
    lines = [line for part in parts for line in _wrapped(part, width)]
    known = approvals.lines(sheet.approvals, most=_MOST)
    lines += [*known, *_next(sheet)]
    return "\n".join(paint(line, color=color) for line in lines) + "\n"


_Entry = tuple[str, str, str]
"""Label, text and tone."""


def _wrapped(entries: Iterator[_Entry], width: int) -> Iterator[Line]:
    for label, said, tone in entries:
        if tone == _COMMAND:  # to be copied, so it is never broken
            yield Span(" " * _INDENT), Span(said, tone)
            continue
        for number, line in enumerate(prose(said, columns=max(40, width - _INDENT))):
            yield Span(f"{'' if number else label:<{_INDENT}}", "strong"), Span(line, tone)


def _heading(sheet: Sheet) -> Iterator[_Entry]:
    change = sheet.change
    lines, files = size(change)
    name = f" ({sheet.branch})" if sheet.branch else ""
    into = f"{words.oid(change.head)}{name} into {words.ref(change.target)} ({words.oid(change.base)})"
    yield "change", into, ""
    counted = f"{words.count(files, 'file')}, {words.count(lines, 'line')} added or edited, {words.count(sheet.commits, 'commit')}"
    yield "", f"{counted} by {words.listing(sheet.authors)}", ""
    yield "policy", sheet.policy, ""


def _why(sheet: Sheet) -> Iterator[_Entry]:
    found = [(result, finding) for result in sheet.results for finding in _for_people(result)]
    for number, (result, finding) in enumerate(islice(found, _MOST)):
        place = f"{finding.path}: " if finding.path else ""
        state = f" (approved by {finding.approval})" if finding.approval else ""
        label = "" if number else "asked for"
        yield label, f"{words.rule(result, finding)}: {place}{finding.message}{state}", "warn"
    if len(found) > _MOST:
        yield "", f"and {len(found) - _MOST:,} more", "warn"
        yield "", sheet.commands["run"], _COMMAND
    if sheet.results and not found:
        yield "asked for", "nothing: no gate leaves anything of this change to people", ""


def _verdicts(sheet: Sheet) -> Iterator[_Entry]:
    if not sheet.results:
        yield "gates", "nobody asked them here about exactly this change; ask them:", "bad"
        yield "", sheet.commands["run"], _COMMAND
    green = [_said(result) for result in sheet.results if result.verdict in _GREEN]
    if green:
        yield "green", words.listing(green, limit=12), "good"
    for result in sheet.results:
        if result.verdict in {Verdict.FAIL, Verdict.ERROR}:
            yield f"{result.verdict}", f"{result.name}: {result.reason or 'see its report'}", "bad"


def _risks(sheet: Sheet) -> Iterator[_Entry]:
    because = f": {'; '.join(sheet.assessment.reasons)}" if sheet.assessment.reasons else ""
    yield "risk", f"{sheet.assessment.risk}{because}", ""
    ranked = sorted(sheet.change.paths, key=_danger)
    for number, path in enumerate(ranked[:_MOST]):
        lines = sum(part.last - part.first + 1 for part in path.lines)
        moved = f" (was {path.old_path})" if path.old_path else ""
        yield (
            "" if number else "files",
            f"{path.path}{moved}  {path.status}, {words.count(lines, 'line')}",
            "",
        )
    if len(ranked) > _MOST:
        yield "", f"and {len(ranked) - _MOST:,} more", ""


def _loosens(sheet: Sheet) -> Iterator[_Entry]:
    paths = [path.path for path in sheet.change.within(LOOSENING).paths]
    if paths:
        yield "loosens", f"it edits what decides how changes are judged: {words.listing(paths)}", "bad"
    else:
        yield "loosens", "nothing: policy, approvers and workflows stay as they are", ""


def _rest(sheet: Sheet) -> Iterator[_Entry]:
    for number, way in enumerate(sheet.back):
        yield "" if number else "way back", way, ""


def _next(sheet: Sheet) -> Iterator[Line]:
    yield (Span("next:", "strong"),)
    for what in ("diff", "approve", "reject"):
        yield Span(f"  {what:<8}  ", "quiet"), Span(sheet.commands[what], "strong")


def _for_people(result: Result) -> Iterator[Finding]:
    for finding in result.outcome.findings if result.outcome else ():
        if finding.introduced and finding.waiver is None and finding.effect is Effect.APPROVAL:
            yield finding


def _said(result: Result) -> str:
    if result.verdict is Verdict.NOT_APPLICABLE or not result.outcome:
        return f"{result.name} (not applicable)"
    return f"{result.name} ({result.outcome.examined})"


def _danger(path: ChangedPath) -> tuple[int, int, str]:
    """Order paths: what judges changes first, then what makes a risk high or medium, then the largest."""
    groups = (LOOSENING, Globs(HIGH), Globs(MEDIUM))
    rank = next((n for n, globs in enumerate(groups) if globs.match(path.path)), len(groups))
    return rank, -sum(part.last - part.first + 1 for part in path.lines), path.path
