"""What a push wants: one line for each ref, as git gives them to the hook. Source: githooks(5), pre-receive."""

from __future__ import annotations

import re
from dataclasses import dataclass

from gatecheck.errors import CannotTell

_LINE = re.compile(r"([0-9a-f]{40}|[0-9a-f]{64}) ([0-9a-f]{40}|[0-9a-f]{64}) (refs/[^\x00-\x20\x7f]+)")


@dataclass(frozen=True, slots=True)
class Update:
    """One ref that is to be moved, made or deleted."""

    old: str
    """What the one who pushes says that it is now; zeros where there is none."""
    new: str
    """What it is to be; zeros for a deletion."""
    ref: str
    """As it was pushed; it may stand for another one."""

    @property
    def deletes(self) -> bool:
        """True where nothing is to be left."""
        return is_nothing(self.new)


def read(data: bytes) -> tuple[Update, ...]:
    """Return what the lines say. Raises CannotTell when one of them says something else, or none is there."""
    text = data.decode("utf-8", "surrogateescape")
    lines = text.split("\n")
    if lines.pop() or not lines:
        raise _unknown("it ends in the middle of a line")
    found = []
    for line in lines:
        parts = _LINE.fullmatch(line)
        if parts is None or len(parts[1]) != len(parts[2]):
            raise _unknown(f"{line[:200]!r} is no line of it")
        found.append(Update(*parts.groups()))
    return tuple(found)


def is_nothing(id_: str) -> bool:
    """Tell whether an id says that there is no object."""
    return not id_.strip("0")


def _unknown(why: str) -> CannotTell:
    return CannotTell(
        f"git does not tell the hook what is pushed: {why}",
        fix="Tell whoever runs the server: a hook that calls this one must pass on what it reads.",
    )
