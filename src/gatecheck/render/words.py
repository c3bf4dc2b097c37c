"""How names, numbers and findings are said, the same in every format."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from enum import StrEnum

from gatecheck.model import Effect, Finding, Measurement, Report, Result, Verdict
from gatecheck.render import escape

_PREFIXES = ("refs/heads/", "refs/remotes/", "refs/tags/", "refs/")
_OBJECT_ID = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
INIT = "gatecheck init"
_TINY = 0.05
_MINUTE = 60
_HOUR = 3600


class Standing(StrEnum):
    """What a finding means for the verdict; the first is what a reader must see first."""

    BLOCKS = "blocks"
    APPROVAL = "approval"
    NOTE = "note"
    WAIVED = "waived"
    OLD = "old"


_STANDINGS = {
    Effect.BLOCK: Standing.BLOCKS,
    Effect.APPROVAL: Standing.APPROVAL,
    Effect.NOTE: Standing.NOTE,
    None: Standing.BLOCKS,  # nobody said what it does: never shown as harmless
}
_ORDER = tuple(Standing)


def standing(finding: Finding) -> Standing:
    """Return what the finding means: it was there before, is waived, or has its effect."""
    if not finding.introduced:
        return Standing.OLD
    return Standing.WAIVED if finding.waiver is not None else _STANDINGS[finding.effect]


def ranked(findings: Iterable[Finding]) -> list[Finding]:
    """The same findings, those that block first; otherwise in the gate's order."""
    return sorted(findings, key=lambda finding: _ORDER.index(standing(finding)))


def rule(result: Result, finding: Finding) -> str:
    """A finding's rule in full, as a waiver names it."""
    return f"{result.name}/{finding.rule}"


def ref(name: str) -> str:
    """A ref as people say it: `origin/main` for `refs/remotes/origin/main`; an object id is cut short."""
    if _OBJECT_ID.fullmatch(name):
        return oid(name)
    return next((name.removeprefix(prefix) for prefix in _PREFIXES if name.startswith(prefix)), name)


def oid(name: str) -> str:
    """The first ten digits of an object id: enough for `git show` in a repository of millions of objects."""
    return name[:10]


def duration(seconds: float) -> str:
    """A time span in the two units that matter: `0.3 s`, `2 min 30 s`, `1 h 5 min`."""
    whole = round(seconds)
    if whole < _MINUTE:
        return f"{seconds:.1f} s" if seconds >= _TINY else "0 s"
    if whole < _HOUR:
        return f"{whole // _MINUTE} min {whole % _MINUTE} s"
    return f"{whole // _HOUR} h {whole % _HOUR // _MINUTE} min"


def number(value: float) -> str:
    """A number without noise: at most two decimals, three significant digits when it is small."""
    if not math.isfinite(value):
        return "unknown"
    if value and abs(value) < 1:
        return f"{value:.3g}"
    return f"{value:,.2f}".rstrip("0").rstrip(".")


def measurement(measured: Measurement) -> str:
    """A measurement in a few words: `total coverage 91.2 % (base 91.5 %)`."""
    said = f"{measured.name} {number(measured.value)} {measured.unit}".rstrip()
    return (
        said
        if measured.base is None
        else f"{said} (base {number(measured.base)} {measured.unit})".replace(" )", ")")
    )


def count(amount: int, singular: str) -> str:
    """`1 path`, `2 paths`, `1,200 paths`."""
    return f"{amount:,} {singular}" if amount == 1 else f"{amount:,} {singular}s"


def listing(names: Sequence[str], *, limit: int = 5) -> str:
    """`a`, `a and b`, `a, b and c`; beyond the limit `a, b and 7 more`."""
    shown = list(names) if len(names) <= limit else [*names[: limit - 1], f"{len(names) - limit + 1} more"]
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else "".join(shown)


def closing(report: Report) -> str:
    """One line that says the verdict, what it means, whether it can count, and what to do next."""
    verdict = "pass" if report.verdict is Verdict.NOT_APPLICABLE else str(report.verdict)
    said = f"{verdict} (exit code {report.exit_code}): {_meaning(report)}."
    reasons = never_evidence(report)
    if reasons:
        said += f" This run can never count as evidence: {listing(reasons)}."
    said += f" Next: {_next(report)}"
    if report.law.bootstrap and not report.law.changed and INIT not in said:
        said += f" (for a policy of your own: {INIT})"
    return said


def never_evidence(report: Report) -> list[str]:
    """The reasons for which this run can never count as evidence, whatever its verdict."""
    return [
        reason
        for holds, reason in (
            (report.law.bootstrap, "the protected branch has no policy (bootstrap)"),
            (report.partial, "only some of the gates were asked (partial)"),
            (report.stacked, f"{ref(report.change.target)} is not a protected branch (stacked)"),
        )
        if holds
    ]


def _meaning(report: Report) -> str:
    target = ref(report.change.target)
    names = [result.name for result in report.results if result.verdict is report.verdict]
    because = f", because of {listing(names)}" if names else ""
    match report.verdict:
        case Verdict.PASS if report.partial:
            return "what was asked says nothing against the change"
        case Verdict.PASS | Verdict.NOT_APPLICABLE:
            return f"the change may enter {target}"
        case Verdict.FAIL if report.change.conflicts:
            return f"git cannot merge the change into {target}, {count(len(report.change.conflicts), 'path')} in conflict"
        case Verdict.FAIL:
            return f"the change must not enter {target}{because}"
        case Verdict.WAITING:
            return f"only a human can let the change enter {target}{because}"
        case _:
            return f"could not tell, {_silence(report, names)}"


def _silence(report: Report, names: Sequence[str]) -> str:
    if names:
        return f"because {listing(names)} gave no answer"
    if report.results:
        return "because no gate looked at this change"
    return "because no gate was asked"


def _next(report: Report) -> str:
    if report.next:
        what, command = escape.cut(report.next[0].what, 200), report.next[0].command
        return what if command is None else f"{what.rstrip('.:')}: {command}"
    match report.verdict:
        case Verdict.FAIL if report.change.conflicts:
            return f"merge {ref(report.change.target)} into the branch, resolve the conflicts, commit, run gatecheck again."
        case Verdict.FAIL:
            return "mend what blocks, commit, run gatecheck again."
        case Verdict.WAITING:
            return "show this report to an approver."
        case Verdict.ERROR if any(result.fix for result in report.results):
            return "do what the fix says, then run gatecheck again."
        case Verdict.ERROR:
            return "name a gate for these paths in the policy, or the paths under its `exempt`."
        case _ if report.partial:
            return "gatecheck run"
        case _ if report.law.bootstrap:
            return "merge it, it brings the policy." if report.law.changed else INIT
        case _:
            return "merge it."
