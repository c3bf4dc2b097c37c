"""What was written down of snapshots when they were made: by this clone, and in the plans that the change brings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gatecheck import plans
from gatecheck.model import PLANS, Workspace


@dataclass(frozen=True, slots=True)
class Record:
    """A tag, and what it led to when it was made."""

    tag: str
    id: str
    """Of the tag's own object."""
    by: str
    """Who wrote it down: a plan's path, or `this clone`."""
    travels: bool
    """True for a plan's, which is the same in every clone."""


def records(workspace: Workspace) -> Iterator[Record]:
    """Yield what was written down, the plans' first. Lines that cannot be read say nothing."""
    for changed in workspace.whole.paths:
        data = workspace.read(changed.path) if changed.blob and PLANS.match(changed.path) else None
        front = plans.read(data, changed.path).front if data else None
        found = plans.RECORD.fullmatch(front.snapshot or "") if front else None
        if found:
            yield Record(found["tag"], found["id"], changed.path, travels=True)
    noted = plans.RECORD.match(workspace.history.recorded())
    if noted:
        yield Record(noted["tag"], noted["id"], "this clone", travels=False)
