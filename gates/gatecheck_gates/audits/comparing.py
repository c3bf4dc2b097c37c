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
_LONGEST = 300


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


def of_hit(hit: Hit, old: Hit | None, versions: Iterable[str], *, old_blocks: bool) -> Finding:
    """Return the finding for a vulnerability; `versions` are those that the base has of the package in the same file."""
    pin, what = hit.pin, hit.vulnerability
    aliases = f" ({', '.join(what.aliases)})" if what.aliases else ""
    summary = f": {_cut(what.summary)}" if what.summary else ""
    message = f"{pin.name} {pin.version} has {what.id}{aliases}{summary}"
    if old is not None:
        was = "" if old.pin.version == pin.version else f", with {old.pin.version}"
        message += f" (it was there before{was})"
    elif before := ", ".join(version for version in versions if version != pin.version):
        message += f" (the base has {before}, without it)"
    return Finding(
        what.id,
        message,
        _remedy(pin, what),
        pin.path,
        pin.line,
        introduced=old is None or old_blocks,
        names=(ADVISORY, *what.aliases),
    )


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


def _remedy(pin: Pin, what: Vulnerability) -> str:
    now = Version(pin.version)
    better = sorted(version for version in map(Version, what.fixes) if version > now)
    if better:
        return f"Raise {pin.name} to {better[0]} or later, in {pin.path}."
    return (
        f"No version that mends it is known: do without {pin.name}, or have a waiver for {what.id} added to the policy of the"
        " target branch."
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
