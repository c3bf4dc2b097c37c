"""From what was seen to a verdict. The only place where a verdict is made."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

from gatecheck.model import Change, Effect, Finding, Globs, Outcome, Result, Verdict, Waiver, Wanted, worst


def settle(wanted: Wanted, outcome: Outcome, waivers: tuple[Waiver, ...]) -> Outcome:
    """Return the outcome with each finding's effect, by the base's policy and its waivers."""
    return dataclasses.replace(outcome, findings=tuple(_settle(wanted, f, waivers) for f in outcome.findings))


def verdict(outcome: Outcome) -> Verdict:
    """Return the verdict of settled findings: a known failure first, then nothing examined, then a human's turn."""
    effects = {f.effect for f in outcome.findings if f.introduced and f.waiver is None}
    if Effect.BLOCK in effects:
        return Verdict.FAIL
    if outcome.examined.count <= 0:
        return Verdict.ERROR
    return Verdict.WAITING if Effect.APPROVAL in effects else Verdict.PASS


def overall(results: Iterable[Result], change: Change, exempt: Globs) -> tuple[Verdict, str]:
    """Return a report's verdict and, where the gates' own do not explain it, the reason."""
    decided = [result.verdict for result in results]
    if not decided:
        return Verdict.ERROR, "no gate is configured, so nothing was examined"
    found = worst(decided)
    if found is not Verdict.NOT_APPLICABLE:
        return found, ""
    strays = [p.path for p in change.beyond(exempt).paths]
    if change.paths and not strays:
        return Verdict.PASS, "every changed path is exempt by the policy"
    if not change.paths:
        return Verdict.ERROR, "the merge would change no file, so nothing was examined"
    return Verdict.ERROR, f"no gate looks at {strays[0]!r}" + (
        f" and {len(strays) - 1} more" if strays[1:] else ""
    )


def _settle(wanted: Wanted, finding: Finding, waivers: tuple[Waiver, ...]) -> Finding:
    names = (finding.rule, *finding.names)
    rule = next((rule for rule in wanted.gate.rules if rule.name in names), None)
    default = finding.effect or (rule.effect if rule else Effect.BLOCK)
    asked = next((wanted.effect[name] for name in (*names, "*") if name in wanted.effect), default)
    # a gate that says "only a note, this time" is not overruled by what the policy says of the rule in general
    effect = Effect.NOTE if finding.effect is Effect.NOTE else asked
    waiver = next((w for w in waivers if _covers(w, wanted.name, finding)), None)
    return dataclasses.replace(finding, effect=effect, waiver=waiver.reason if waiver else None)


def _covers(waiver: Waiver, gate: str, finding: Finding) -> bool:
    if waiver.rule not in {f"{gate}/{name}" for name in (finding.rule, *finding.names)}:
        return False
    return waiver.paths is None or (finding.path is not None and waiver.paths.match(finding.path))
