"""What of all that is known about the pins is new: found on the merge result, and not already there on the base."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from packaging.version import Version

from gatecheck.formats.manifests import Loose, Pin
from gatecheck.model import Effect, Finding
from gatecheck_gates.audits.pip_audit import Audited, Vulnerability, key

ADVISORY, UNAUDITED, UNPINNED = "advisory", "unaudited", "unpinned"
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Hit:
    """A vulnerability of a pin."""

    pin: Pin
    vulnerability: Vulnerability


_Alike = Callable[[Hit, Hit], bool]


def hits(pins: Iterable[Pin], audited: Audited) -> list[Hit]:
    """Return all vulnerabilities of pins; of one that nobody answered for, nothing is known."""
    return [Hit(pin, each) for pin in pins for each in audited.get(key(pin), ())]


def new_hits(merge: list[Hit], base: list[Hit]) -> list[tuple[Hit, Hit | None]]:
    """Return each hit of the merge result with its counterpart on the base, None for a new one.

    A counterpart stands for one hit only, so a second copy of an old pin is new. It is, in this order, the same pin in the same
    file, another version in the same file (an upgrade that does not help yet brings nothing new), or a pin that moved.
    """
    left = list(base)
    found: dict[int, Hit] = {}
    for alike in (_same_pin, _same_place, _same_package):
        for place, hit in enumerate(merge):
            if place in found:
                continue
            old = next((each for each in left if alike(hit, each) and _same_vulnerability(hit, each)), None)
            if old is not None:
                left.remove(old)
                found[place] = old
    return [(hit, found.get(place)) for place, hit in enumerate(merge)]


def of_hits(merge: list[Hit], base: list[Hit], before: Iterable[Pin], *, old_blocks: bool) -> list[Finding]:
    """Return a finding for each vulnerability of the merge result's pins; `before` are the base's pins."""
    was: dict[tuple[str, str], list[str]] = {}
    for pin in before:
        was.setdefault((pin.path, pin.name), []).append(pin.version)
    of_pin: dict[Pin, list[Hit]] = {}
    for hit in merge:
        of_pin.setdefault(hit.pin, []).append(hit)
    remedies = {pin: _remedy(pin, found) for pin, found in of_pin.items()}
    return [
        Finding(
            hit.vulnerability.id,
            _message(hit, old, was.get((hit.pin.path, hit.pin.name), [])),
            remedies[hit.pin],
            hit.pin.path,
            hit.pin.line,
            introduced=old is None or old_blocks,
            names=(ADVISORY, *hit.vulnerability.aliases),
        )
        for hit, old in new_hits(merge, base)
    ]


def _message(hit: Hit, old: Hit | None, before: list[str]) -> str:
    pin, what = hit.pin, hit.vulnerability
    aliases = f" ({', '.join(what.aliases)})" if what.aliases else ""
    said = f"{pin.name} {pin.version} has {what.id}{aliases}"
    others = ", ".join(version for version in before if version != pin.version)
    if old is not None:
        said += "; it was there before" + (f", with {others}" if others else "")
    elif others:
        said += f"; the base has {others}, without it"
    return f"{said}. {_cut(what.summary)}".rstrip()


def of_loose(merge: Iterable[Loose], base: Iterable[Loose]) -> list[Finding]:
    """Return a finding for each dependency that is not audited."""
    left = Counter((each.path, each.text) for each in base)
    findings = []
    for each in merge:
        old = left[each.path, each.text] > 0
        left[each.path, each.text] -= 1
        findings.append(_not_audited(each, introduced=not old))
    return findings


def _not_audited(each: Loose, *, introduced: bool) -> Finding:
    rule = UNPINNED if each.why == "range" else UNAUDITED
    fixes = {
        "range": f"Pin it to one version, or commit a lock file that does: {_cut(each.text)}",
        "local": "Nothing needs to be done; its own dependencies are looked at where they are named.",
        "elsewhere": "Take it from the index, at one version, or ask a human to look at what it is.",
        "unreadable": "Write it so that pip, and everybody else, reads it as one requirement (PEP 508).",
    }
    # what lies in this repository is looked at by every other gate
    effect = Effect.NOTE if each.why == "local" else None
    message = f"{_cut(each.text)} is not audited: {each.reason}"
    return Finding(rule, message, fixes[each.why], each.path, each.line, introduced=introduced, effect=effect)


def _remedy(pin: Pin, found: list[Hit]) -> str:
    """Return what to do about a pin: the version in which all that has a remedy is mended, not a step on the way there."""
    now = Version(pin.version)
    goals, hopeless = [], []
    for hit in found:
        later = sorted(version for version in map(Version, hit.vulnerability.fixes) if version > now)
        goals += later[:1]
        hopeless += [] if later else [hit.vulnerability.id]
    waive = f"have a waiver for {' and '.join(hopeless)} added to the policy of the target branch"
    if not goals:
        return f"No version that mends it is known: do without {pin.name}, or {waive}."
    raised = f"Raise {pin.name} to {max(goals)} or later, in {pin.path}"
    every = f", which mends all {len(found)}" if len(found) > 1 and not hopeless else ""
    return (
        f"{raised}{every}." if not hopeless else f"{raised}, and {waive}: no version that mends it is known."
    )


def _same_pin(hit: Hit, old: Hit) -> bool:
    return _same_place(hit, old) and hit.pin.version == old.pin.version


def _same_place(hit: Hit, old: Hit) -> bool:
    return _same_package(hit, old) and hit.pin.path == old.pin.path


def _same_package(hit: Hit, old: Hit) -> bool:
    return hit.pin.name == old.pin.name


def _same_vulnerability(hit: Hit, old: Hit) -> bool:
    return bool(hit.vulnerability.names & old.vulnerability.names)


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}\N{HORIZONTAL ELLIPSIS}"
