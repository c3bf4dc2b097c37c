"""Which issues of the merge result are new: two multisets compared by code, not by line or file.

An issue is old when the base has its like: the same test about the same code, as often. Its like is looked for close by first (the same
definition and file, hidden by `# nosec` or not), then in another file, then in a definition of another name. So code that was moved,
formatted or renamed around is not new, and the second call behind an old one is.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass

from gatecheck_gates.scans.reports import Spot


@dataclass(frozen=True, slots=True)
class Seen:
    """An issue in a file."""

    path: str
    """Of a file that the change renames, the new one on both sides."""
    spot: Spot
    relaxed: bool
    """It is in a file whose issues are notes; from there nothing is moved to where they count."""


def judged(merge: Sequence[Seen], base: Iterable[Seen]) -> list[tuple[Seen, Seen | None]]:
    """Return each issue of the merge result with its like on the base, None when it is new."""
    likes: dict[int, Seen] = {}
    left = list(base)
    for near in _NEARNESS:
        pool: dict[Hashable, list[Seen]] = {}
        for seen in reversed(left):
            pool.setdefault((_same(seen), near(seen)), []).append(seen)
        for number, seen in enumerate(merge):
            there = pool.get((_same(seen), near(seen)))
            if number not in likes and there:
                likes[number] = there.pop()
        left = [seen for kept in pool.values() for seen in reversed(kept)]
    return [(seen, likes.get(number)) for number, seen in enumerate(merge)]


def _same(seen: Seen) -> Hashable:
    return (seen.spot.test, seen.spot.code, seen.relaxed)


_NEARNESS: tuple[Callable[[Seen], Hashable], ...] = (
    lambda seen: (seen.spot.scope, seen.path, seen.spot.hidden),
    lambda seen: (seen.spot.scope, seen.path),
    lambda seen: seen.spot.scope,
    lambda _: None,
)
