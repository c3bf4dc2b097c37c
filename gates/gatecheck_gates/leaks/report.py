"""From what was seen to findings: what the base has already is not new, and what may be known is none."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from gatecheck.model import Finding, Workspace
from gatecheck_gates.leaks import words
from gatecheck_gates.leaks.allowed import digest
from gatecheck_gates.leaks.base import known
from gatecheck_gates.leaks.blobs import Blobs
from gatecheck_gates.leaks.trail import Place, Trail


def findings(
    workspace: Workspace, trail: Trail, blobs: Blobs, allowed: Collection[str], largest: int
) -> Iterator[Finding]:
    """Yield one finding for each value, and one more where it stands in a message."""
    in_files = {each: places for each, places in _in_files(trail).items() if each not in allowed}
    in_messages = {each: places for each, places in trail.messages.items() if each not in allowed}
    real = {each: places for each, places in in_files.items() if not places[0].secret.false}
    wanted = {each: _value(trail, blobs, each, places) for each, places in {**in_messages, **real}.items()}
    there = known(workspace, wanted, largest) if wanted else frozenset()
    for each, places in in_files.items():
        brought, left = trail.files.get(each, ()), trail.result.get(each, ())
        if places[0].secret.false:
            yield words.lookalike(places[0])
        elif each in there or (not brought and each in trail.old):
            yield words.old(left or brought)
        else:
            yield words.leaked(workspace, brought, left) if left else words.buried(workspace, brought)
    for each, places in in_messages.items():
        if each not in there:
            yield words.message(workspace, places)


def _in_files(trail: Trail) -> dict[str, Sequence[Place]]:
    """Return all places of each value, those first where it is now."""
    every = dict.fromkeys((*trail.files, *trail.result))
    return {each: (*trail.result.get(each, ()), *trail.files.get(each, ())) for each in every}


def _value(trail: Trail, blobs: Blobs, each: str, places: Sequence[Place]) -> tuple[str, bytes]:
    """Return a value's kind and the value, read again from where it stands."""
    place = places[0]
    if not place.blob:
        return trail.values[each]
    hits = blobs.values(place.blob, place.path)
    return next((hit.kind, hit.value) for hit in hits if digest(hit.value) == each)
