"""How issues are told: those that count one by one, notes of one kind together; mild ones where only developers run the code not at all."""

from __future__ import annotations

from collections.abc import Callable

from gatecheck.model import Effect, Finding, ranges
from gatecheck_gates.scans.fixes import fix
from gatecheck_gates.scans.new import Seen
from gatecheck_gates.scans.reports import Spot

_SUPPRESSED = "Take the `# nosec` out and mend what it hides, or ask for an approval or a waiver."


class Told:
    """Collects issues, and then gives findings."""

    def __init__(self, counts: Callable[[Spot], bool]) -> None:
        """`counts`: tells whether an issue is grave enough to block."""
        self._counts = counts
        self._findings: list[Finding] = []
        self._mild: dict[tuple[str, str], list[Spot]] = {}

    def add(self, seen: Seen, like: Seen | None) -> None:
        """Take an issue of the merge result and its like on the base."""
        spot, counts = seen.spot, self._counts(seen.spot)
        if spot.hidden:
            if like is None or not like.spot.hidden:
                self._findings.append(_suppressed(seen, counts=counts))
        elif like is not None:
            if counts:
                self._findings.append(_old(seen, like))
        elif counts:
            effect = Effect.NOTE if seen.relaxed else None
            self._findings.append(_found(seen.path, spot, [spot.line], effect))
        elif not seen.relaxed:
            self._mild.setdefault((seen.path, spot.test), []).append(spot)

    def findings(self) -> tuple[Finding, ...]:
        """Return what was found; of mild issues one finding for a file and test."""
        mild = (
            _found(path, spots[0], [spot.line for spot in spots], Effect.NOTE)
            for (path, _), spots in self._mild.items()
        )
        return (*self._findings, *mild)


def _found(path: str, spot: Spot, lines: list[int], effect: Effect | None) -> Finding:
    text = _text(spot)
    if lines[1:]:
        text = f"{text} (lines {', '.join(map(str, ranges(lines)))})"
    return Finding(spot.test, text, fix(spot), path, lines[0], effect=effect, names=("found",))


def _old(seen: Seen, like: Seen) -> Finding:
    text = _text(seen.spot)
    if (like.path, like.spot.scope) != (seen.path, seen.spot.scope):
        where = f"{like.spot.scope} of {like.path}" if like.spot.scope else like.path
        text = f"{text}; on the base it is in {where}"
    return Finding(
        seen.spot.test, text, fix(seen.spot), seen.path, seen.spot.line, introduced=False, names=("found",)
    )


def _suppressed(seen: Seen, *, counts: bool) -> Finding:
    effect = None if counts and not seen.relaxed else Effect.NOTE
    text = f"`# nosec` hides {seen.spot.test}: {_text(seen.spot)}"
    return Finding("suppressed", text, _SUPPRESSED, seen.path, seen.spot.line, effect=effect)


def _text(spot: Spot) -> str:
    where = f", in {spot.scope}" if spot.scope else ""
    levels = f"severity {spot.severity}, confidence {spot.confidence}"
    return f"{' '.join(spot.text.split()).rstrip('.')} ({spot.name}: {levels}{where})"
