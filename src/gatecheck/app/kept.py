"""The last full report of exactly one change, kept in the cache: what a human is shown, and what an approval says that they saw."""

from __future__ import annotations

import dataclasses
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gatecheck import __version__
from gatecheck.app.own_results import REJECTION
from gatecheck.engine.memory import pack, unpack
from gatecheck.model import Approvals, Change, Effect, Finding, Law, Outcome, Report, Result, Verdict
from gatecheck.store import key_of

FOLDER = "reports"
"""Below the cache of a repository."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What the gates said."""

    results: tuple[Result, ...]
    started: int
    """When they were asked, in seconds since 1970."""


def keep(cache: Path, report: Report) -> None:
    """Keep a report for `review` and `approve`; one that was about some of the gates only is not kept.

    It is no part of the answer: a disk that does not take it costs another run.
    """
    if report.partial:
        return
    path = _path(cache, report.change, report.law)
    told = {
        "started": report.started,
        "results": [_packed(result) for result in report.results if result.kind != REJECTION],
    }
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f".{path.name}.{os.getpid()}")
        fresh.write_text(json.dumps(told), encoding="ascii")
        fresh.replace(path)
    except OSError:
        return


def last(cache: Path, change: Change, law: Law) -> Kept | None:
    """Return the last report of exactly this change under exactly this policy; None where none is kept, or it is torn."""
    try:
        told: dict[str, Any] = json.loads(_path(cache, change, law).read_text(encoding="ascii"))
        results = tuple(_unpacked(each) for each in told["results"])
        return Kept(results, int(told["started"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def covered(results: tuple[Result, ...], approvals: Approvals) -> tuple[Result, ...]:
    """Return results with the approvals of now, and none of those of then."""
    return tuple(
        dataclasses.replace(result, outcome=_covered(result, result.outcome, approvals))
        if result.outcome
        else result
        for result in results
    )


def waiting(results: tuple[Result, ...]) -> dict[str, list[Finding]]:
    """Return what is for people to decide, by rule in full, covered or not."""
    found: dict[str, list[Finding]] = {}
    for result in results:
        for finding in result.outcome.findings if result.outcome else ():
            if finding.introduced and finding.waiver is None and finding.effect is Effect.APPROVAL:
                found.setdefault(f"{result.name}/{finding.rule}", []).append(finding)
    return found


def _covered(result: Result, outcome: Outcome, approvals: Approvals) -> Outcome:
    findings = [
        dataclasses.replace(f, approval=approvals.cover(f"{result.name}/{f.rule}"))
        if f.introduced and f.waiver is None and f.effect is Effect.APPROVAL
        else f
        for f in outcome.findings
    ]
    return dataclasses.replace(outcome, findings=tuple(findings))


def _path(cache: Path, change: Change, law: Law) -> Path:
    told = (change.target, change.base, change.head, change.tree, law.digest, law.bootstrap, __version__)
    return cache / FOLDER / key_of("report", *told)


def _packed(result: Result) -> dict[str, Any]:
    outcome = pack(result.outcome).decode("ascii") if result.outcome else None
    fields = {name: getattr(result, name) for name in ("name", "kind", "reason", "fix", "seconds")}
    return {**fields, "verdict": str(result.verdict), "outcome": outcome}


def _unpacked(told: dict[str, Any]) -> Result:
    outcome = told.pop("outcome")
    verdict = Verdict(told.pop("verdict"))
    found = unpack(outcome.encode("ascii")) if outcome else None
    return Result(**told, verdict=verdict, outcome=found if isinstance(found, Outcome) else None)
