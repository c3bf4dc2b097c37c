"""What the commands about snapshots say, line by line."""

from __future__ import annotations

from collections.abc import Iterator

from gatecheck.render import escape
from gatecheck.render.words import count
from gatecheck.settings import human
from gatecheck.snapshots import Arrived, Kept, Missing

_SHOWN = 20


def told(kept: Kept) -> Iterator[str]:
    """Yield what was kept, what was not, and where it is."""
    at = f" at {kept.standing.head[:10]}" if kept.standing.head else ", before its first commit"
    yield f"kept       {kept.snapshot.tag}: the state of {escape.line(kept.standing.says)}{at}"
    yield from _untracked(kept)
    yield from (f"note       {escape.line(note)}" for note in kept.contents.notes)
    for leak in kept.leaks:
        yield f"secret     {escape.line(str(leak))}: never push this snapshot"
    match kept.fate:
        case Arrived(remote):
            yield f"pushed     {escape.line(remote)} has it"
        case Missing(why, fix):
            yield f"not pushed {escape.line(why)}"
            yield f"  fix: {escape.line(fix)}"
        case _:
            yield "not pushed as you asked; it is on this machine only"


def _untracked(kept: Kept) -> Iterator[str]:
    new = kept.contents.untracked
    if new:
        yield f"untracked  {count(len(new), 'file')}, {human(sum(file.size for file in new))}"
        yield from (f"           {escape.line(file.path)}" for file in new[:_SHOWN])
        if len(new) > _SHOWN:
            yield f"           and {len(new) - _SHOWN:,} more"
    if kept.contents.left_out:
        yield f"untracked  {count(kept.contents.left_out, 'file')} left out (--tracked-only)"
