"""Who approved, for people: what holds and until when, and what does not hold and why."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice

from gatecheck.model import Approvals
from gatecheck.render.ink import Line, Span

FAR = 253_402_300_799.0
"""The last second that can be written as a day: 9999-12-31."""


def lines(known: Approvals, *, most: int) -> Iterator[Line]:
    """Yield the section of a report, at most so many of each kind; nothing where nothing is known."""
    if known.holding or known.void or known.rejections or known.notes:
        wanted = f" ({known.quorum} needed)" if known.quorum > 1 else ""
        yield Span("approvals", "strong"), Span(f"{wanted}:")
    for no in islice(known.rejections, most):
        yield Span("  rejected  ", "bad"), Span(f"{_who(no.who)}  until {day(no.until)}  {no.reason}")
    for one in islice(known.holding, most):
        weaker = "  a forge's review: no signature" if one.source == "forge-review" else ""
        said = f"  {one.reason}" if one.reason else ""
        covers = ", ".join(one.covers)
        yield (
            Span("  holds     ", "good"),
            Span(f"{_who(one.who)}  until {day(one.until)}  {covers}{weaker}{said}"),
        )
    for void in islice(known.void, most):
        yield Span("  void      ", "warn"), Span(f"{_who(void.who) or void.key or 'unknown'}  {void.why}")
    more = sum(max(0, len(group) - most) for group in (known.rejections, known.holding, known.void))
    if more:
        yield (Span(f"  and {more:,} more"),)
    for note in islice(known.notes, most):
        yield Span("  note: ", "quiet"), Span(note)


def day(time: float) -> str:
    """Return a time in UTC, for people: `2026-01-31 12:00 UTC`."""
    return datetime.fromtimestamp(min(time, FAR), UTC).strftime("%Y-%m-%d %H:%M UTC")


def _who(names: tuple[str, ...]) -> str:
    return ", ".join(names)
