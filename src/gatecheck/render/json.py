"""The report for programs: one JSON document, bounded, with stable keys; `gatecheck.render.schema` describes it.

Every string is safe to print, so that `jq -r` in a CI job shows what a reader should see and nothing acts. Where that is
not a path's own text, its bytes stand beside it in base64 (`path_bytes`), so nothing is lost.
"""

from __future__ import annotations

import base64
import itertools
import json as encoder
import math
import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from gatecheck.model import (
    Change,
    ChangedPath,
    Finding,
    Isolation,
    Law,
    Measurement,
    Outcome,
    Report,
    Result,
    Step,
    Waiver,
)
from gatecheck.render import escape, words

FORMAT = "gatecheck-report"
FORMAT_VERSION = 1
FINDINGS_OF_A_GATE = 200
ENTRIES_OF_A_LIST = 1000
CHARACTERS_OF_A_TEXT = 4000


def json(report: Report) -> str:
    """Return the report as one JSON document that ends with a newline."""
    return encoder.dumps(document(report), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def document(report: Report) -> dict[str, Any]:
    """Return what the JSON document holds, as dictionaries, lists, strings, numbers, booleans and None."""
    return {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "gatecheck": _text(report.version),
        "verdict": str(report.verdict),
        "exit_code": report.exit_code,
        "summary": escape.cut(escape.line(words.closing(report)), CHARACTERS_OF_A_TEXT),
        "never_evidence": [_text(reason) for reason in words.never_evidence(report)],
        "partial": report.partial,
        "stacked": report.stacked,
        "recalled": report.recalled,
        "started": report.started,
        "seconds": _number(report.seconds),
        "room": _room(report.room),
        "repository": _text(report.repository),
        "logs": _text(report.logs),
        "chosen": _text(report.chosen),
        "change": _change(report.change),
        "law": _law(report.law),
        "gates": [_gate(result) for result in report.results],
        "notes": _texts(report.notes),
        "next": [_step(step) for step in report.next],
    }


def _text(text: str) -> str:
    return escape.cut("\n".join(escape.lines(text)), CHARACTERS_OF_A_TEXT)


def _maybe(text: str | None) -> str | None:
    return None if text is None else _text(text)


def _texts(texts: Sequence[str]) -> list[str]:
    return [_text(text) for text in texts[:ENTRIES_OF_A_LIST]]


def _room(room: Isolation | None) -> dict[str, str] | None:
    return {"mode": room.mode, "detail": _text(room.detail)} if room else None


def _number(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _path(path: str, key: str = "path") -> dict[str, str]:
    shown = escape.line(path)
    if shown == path:
        return {key: shown}
    return {key: shown, f"{key}_bytes": base64.b64encode(os.fsencode(path)).decode()}


def _change(change: Change) -> dict[str, Any]:
    return {
        "target": _text(change.target),
        "base": _text(change.base),
        "head": _text(change.head),
        "merge_base": _text(change.merge_base),
        "base_tree": _text(change.base_tree),
        "tree": _text(change.tree) or None,
        "conflicts": _bounded([_path(path) for path in change.conflicts]),
        "paths": _bounded([_changed(path) for path in change.paths]),
    }


def _bounded(entries: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    kept = list(entries[:ENTRIES_OF_A_LIST])
    return {"count": len(entries), "omitted": len(entries) - len(kept), "items": kept}


def _changed(changed: ChangedPath) -> dict[str, Any]:
    old = {} if changed.old_path is None else _path(changed.old_path, "old_path")
    return {
        **_path(changed.path),
        **old,
        "status": changed.status,
        "blob": _maybe(changed.blob),
        "old_blob": _maybe(changed.old_blob),
        "mode": f"{changed.mode:06o}",
        "lines": [[part.first, part.last] for part in changed.lines[:ENTRIES_OF_A_LIST]],
    }


def _law(law: Law) -> dict[str, Any]:
    return {
        "source": _text(law.source),
        "digest": _text(law.digest),
        "bootstrap": law.bootstrap,
        "changed": law.changed,
        "waivers": [_waiver(waiver) for waiver in law.waivers],
    }


def _waiver(waiver: Waiver) -> dict[str, Any]:
    return {
        "rule": _text(waiver.rule),
        "reason": _text(waiver.reason),
        "owner": _text(waiver.owner),
        "expires": _text(waiver.expires),
        "paths": None if waiver.paths is None else _texts(waiver.paths.patterns),
    }


def _gate(result: Result) -> dict[str, Any]:
    return {
        "name": _text(result.name),
        "kind": _text(result.kind),
        "verdict": str(result.verdict),
        "reason": _text(result.reason),
        "fix": _text(result.fix),
        "seconds": _number(result.seconds),
        "recalled": result.recalled,
        "log": _maybe(result.log),
        "crash": _maybe(result.crash),
        "outcome": None if result.outcome is None else _outcome(result, result.outcome),
    }


def _outcome(result: Result, outcome: Outcome) -> dict[str, Any]:
    kept = words.ranked(outcome.findings)[:FINDINGS_OF_A_GATE]
    return {
        "examined": {"count": outcome.examined.count, "kind": _text(outcome.examined.kind)},
        "measurements": [_measurement(measured) for measured in outcome.measurements[:ENTRIES_OF_A_LIST]],
        "notes": _texts(outcome.notes),
        "repeatable": outcome.repeatable,
        "findings": _groups(result, outcome.findings, kept),
        "omitted": len(outcome.findings) - len(kept),
    }


def _measurement(measured: Measurement) -> dict[str, Any]:
    return {
        "name": _text(measured.name),
        "value": _number(measured.value),
        "unit": _text(measured.unit),
        "base": _number(measured.base),
    }


def _groups(result: Result, findings: Iterable[Finding], kept: Iterable[Finding]) -> list[dict[str, Any]]:
    """By rule, the rule with the gravest finding first; every rule has its group, even where all items are omitted."""
    counts: dict[str, int] = {}
    items: dict[str, list[dict[str, Any]]] = {}
    for finding in words.ranked(findings):
        name = words.rule(result, finding)
        counts[name] = counts.get(name, 0) + 1
    for finding in kept:
        items.setdefault(words.rule(result, finding), []).append(_finding(finding))
    return [
        {
            "rule": _text(name),
            "count": count,
            "omitted": count - len(items.get(name, ())),
            "items": items.get(name, []),
        }
        for name, count in itertools.islice(counts.items(), ENTRIES_OF_A_LIST)
    ]


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "standing": str(words.standing(finding)),
        **({"path": None} if finding.path is None else _path(finding.path)),
        "line": finding.line,
        "message": _text(finding.message),
        "fix": _text(finding.fix),
        "introduced": finding.introduced,
        "effect": None if finding.effect is None else str(finding.effect),
        "waiver": _maybe(finding.waiver),
    }


def _step(step: Step) -> dict[str, Any]:
    return {
        "who": step.who,
        "what": _text(step.what),
        "command": _maybe(step.command),
    }
