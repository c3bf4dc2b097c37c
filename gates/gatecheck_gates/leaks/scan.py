"""Looks for secrets in one text: the forms that the hook knows too, those of detect-secrets, private keys, and passwords."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple

from gatecheck.formats.credentials.keys import private_keys
from gatecheck.formats.credentials.kinds import KINDS
from gatecheck.formats.credentials.passwords import drawn, passwords
from gatecheck_gates.leaks import library
from gatecheck_gates.leaks.content import Content

_SHOWN = 4
"""Characters of a token that are shown: they say whose it is, and are the same in all of its kind."""
_COMPARED = 50
"""Secrets of one line with which the next is compared: what is written by a machine has thousands in a line."""


class Hit(NamedTuple):
    """A secret that was found, with its value. Only what `Secret` has of it may be told or kept."""

    line: int
    kind: str
    value: bytes
    shown: str = ""
    false: bool = False
    """It has the form of a token and a wrong checksum, so nobody issued it."""


def look(content: Content, path: str, detectors: Sequence[library.Detector]) -> Iterator[Hit]:
    """Yield the secrets of a text, by the library's detectors too, each value once in a line, the kinds with the narrowest form first."""
    text = content.text
    begins = list(accumulate((len(line) + 1 for line in text.split(b"\n")), initial=0))

    def at(place: int) -> int:
        return bisect_right(begins, place)

    told: dict[int, list[bytes]] = {}
    for hit in _hits(content, path.encode("utf-8", "surrogateescape"), detectors, at):
        others = told.setdefault(hit.line, [])
        if not any(hit.value in other or other in hit.value for other in others[-_COMPARED:]):
            others.append(hit.value)
            yield hit


def _hits(
    content: Content, path: bytes, detectors: Sequence[library.Detector], at: Callable[[int], int]
) -> Iterator[Hit]:
    text = content.text
    for kind in KINDS:
        for place, value in kind.places(text):
            shown = value[:_SHOWN].decode("ascii", "replace") if value.startswith(kind.words) else ""
            yield Hit(at(place), kind.name, value, shown)
    for place, value in private_keys(text):
        yield Hit(at(place), "private key", value)
    if content.form == "text":
        for match in library.matches(text, detectors):
            yield Hit(match.line, match.kind, match.value, false=match.false)
        if not content.generated:
            for place, value in passwords(text, path):
                if drawn(value):
                    yield Hit(at(place), "password", value)
