"""Finds the secrets in lines of one file: each with its line, its kind and its value."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple

from gatecheck_hooks.credentials.keys import private_keys
from gatecheck_hooks.credentials.kinds import KINDS
from gatecheck_hooks.credentials.passwords import drawn, passwords

Line = tuple[int, bytes]
"""A line's number in its file, and what is in it."""


class Secret(NamedTuple):
    """A secret and where it is; the value is never shown."""

    line: int
    kind: str
    value: bytes


def search(lines: Sequence[Line], path: bytes) -> Iterator[Secret]:
    """Yield the secrets; what has a form of its own is not reported as a password again."""
    text = b"\n".join(line for _, line in lines)
    begins = list(accumulate((len(line) + 1 for _, line in lines), initial=0))

    def at(place: int) -> int:
        return lines[bisect_right(begins, place) - 1][0]

    known = b""
    for kind in KINDS:
        for place, value in kind.places(text):
            known += value + b"\n"
            yield Secret(at(place), kind.name, value)
    for place, value in private_keys(text):
        yield Secret(at(place), "private key", value)
    for place, value in dict.fromkeys(passwords(text, path)):
        if drawn(value) and value not in known:
            yield Secret(at(place), "password", value)
