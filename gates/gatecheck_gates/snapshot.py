"""Asks whether the state before the change was kept: whether its branch has a snapshot tag that still is what it was."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from gatecheck.errors import CannotTell
from gatecheck.model import (
    PLANS,
    Answer,
    Change,
    Effect,
    Examined,
    Finding,
    History,
    NotApplicable,
    Outcome,
    Rule,
    Workspace,
    option,
)
from gatecheck_gates.snapshots.branch import Branch, branch_of
from gatecheck_gates.snapshots.records import Record, records
from gatecheck_gates.snapshots.tags import PREFIX, Backup, Tags, newest_first, tag_of

FETCH = "git fetch origin 'refs/tags/backup-*:refs/tags/backup-*'"
MAKE = "gatecheck snapshot"


@dataclass(frozen=True)
class Snapshot:
    """Looks at the snapshot tags of the clone; the network is never asked."""

    kind: ClassVar[str] = "snapshot"
    primary: ClassVar[str] = "newest"
    rules: ClassVar[tuple[Rule, ...]] = (
        Rule("missing", Effect.BLOCK, "No snapshot tag keeps the state from which the branch began."),
        Rule(
            "unrelated",
            Effect.BLOCK,
            "The branch's snapshot tag keeps a state from which the branch does not come.",
        ),
        Rule("moved", Effect.BLOCK, "A snapshot tag is not what it was when it was made."),
    )

    newest: int = option(
        200,
        doc="So many of the newest snapshot tags are looked through when none belongs to the branch by its name.",
        minimum=1,
    )
    forks: bool = option(
        default=True,
        doc="A fork's change passes without a tag when it began on a protected branch of the remote.",
    )
    bots: bool = option(default=True, doc="The same for a change that a bot of the forge opened.")

    @property
    def needs(self) -> tuple[str, ...]:
        """No other gate's artefacts."""
        return ()

    @property
    def programs(self) -> tuple[str, ...]:
        """It starts none."""
        return ()

    def applies(self, change: Change) -> bool:
        """Tell whether anything but plans changes."""
        return bool(change.beyond(PLANS).paths)

    def check(self, workspace: Workspace) -> Answer:
        """Find the branch's snapshot, and see whether it is what it was when it was made."""
        history = workspace.history
        if history.origin.landed:
            return NotApplicable(
                f"{history.origin.by} is about what lands on the target, which is no branch of somebody's"
            )
        excuse = self._excuse(history, workspace.whole)
        if excuse:
            return Outcome(Examined(1, "fork points"), notes=(excuse,))
        written = tuple(records(workspace))
        tags = Tags(history)
        findings = tuple(_moved(tags, written))
        branch = branch_of(history, workspace.whole)
        found = None if findings else self._find(tags, branch, written)
        if isinstance(found, Backup):
            return Outcome(Examined(tags.count, "tags"), notes=(_note(found, history.origin.by),))
        return Outcome(Examined(tags.count, "tags"), (*findings, *([found] if found else [])))

    def _excuse(self, history: History, change: Change) -> str:
        """Return why no tag is asked for; empty when one is.

        All of a protected target is on it, the fork point included, even where this clone is too shallow to show which commit it is.
        """
        origin = history.origin
        if not ((origin.fork and self.forks) or (origin.bot and self.bots)):
            return ""
        holder = history.protected_by(change.merge_base or change.base)
        whose = "a fork's" if origin.fork else "a bot's"
        return (
            f"this is {whose} change, as {origin.by} says, and {holder} has the commit from which it began"
            if holder
            else ""
        )

    def _find(self, tags: Tags, branch: Branch, written: Sequence[Record]) -> Backup | Finding:
        """Return the branch's snapshot, or what is wrong where none is good. Raises CannotTell where none can be seen."""
        names = [tag_of(branch.name), *(record.tag for record in written if record.travels)]
        own = [backup for backup in map(tags.named, filter(None, names)) if backup]
        for backup in own:
            if not backup.contradiction and (branch.keeps(backup) or tags.is_behind(backup, branch.points)):
                return backup
        refs = tags.all()
        if not refs:
            raise CannotTell(
                "this clone has no snapshot tag at all: they were not fetched, or nobody made one",
                fix=f"Fetch them: {FETCH} (and if the remote has none either, make one: {MAKE})",
            )
        near = list(own)
        for ref in newest_first(refs)[: self.newest]:
            seen = tags.get(ref, refs[ref])
            if seen and branch.keeps(seen) and branch.owns(seen):
                if not seen.contradiction:
                    return seen
                near += (
                    [seen] if seen.branch == branch.name else []
                )  # a tag that says nothing may be anybody's
        if not near and tags.broken:
            raise tags.broken
        return _not_found(near, branch, _looked(tags.count, len(refs)))


def _moved(tags: Tags, written: Sequence[Record]) -> Iterator[Finding]:
    """Yield a finding for each tag that leads to something else than what was written down."""
    for name in dict.fromkeys(record.tag for record in written):
        now = tags.id_of(name)
        record = next((each for each in written if each.tag == name and now not in {None, each.id}), None)
        if record and now:
            ref = PREFIX + name
            message = (
                f"the tag {name} was {record.id[:12]} when {record.by} wrote it down, and is {now[:12]} now"
            )
            fix = (
                f"Put it back: git fetch --force origin {ref}:{ref} "
                f"(if the remote's has moved too, from the clone that made it: git push --force origin {record.id}:{ref})"
            )
            yield Finding("moved", message, fix)


def _not_found(near: Sequence[Backup], branch: Branch, looked: str) -> Finding:
    """Return what is wrong: with the tag that comes nearest, else that there is none."""
    whose = f"the branch {branch.name}" if branch.name else "this work"
    for backup in near:
        if backup.contradiction:
            message = f"the tag {backup.name} is not what it was when it was made: {backup.contradiction}"
            return Finding("moved", message, _put_back(backup.name))
    for backup in near:
        message = f"the tag {backup.name} was made on {backup.head[:12] or 'no commit'}, from which {whose} does not come"
        return Finding("unrelated", message, f"Make a snapshot of what is there now: {MAKE}")
    message = (
        f"no snapshot tag of this clone keeps the state from which {whose} began ({branch.began}), or a later one of it; "
        f"looked at {looked}"
    )
    return Finding(
        "missing", message, f"Make one: {MAKE} (or, if it was made in another clone, fetch it: {FETCH})"
    )


def _looked(count: int, there: int) -> str:
    return f"the newest {count:,} of {there:,}" if there > count else f"all {there:,}"


def _put_back(name: str) -> str:
    return f"See what the remote has (git ls-remote origin {PREFIX}{name}) and put the tag back, or make another snapshot: {MAKE}"


def _note(found: Backup, forge: str) -> str:
    """Say which tag it is, and what a clone does not show."""
    where = "" if forge else "; whether the remote has it too is seen on a push and in CI, and not here"
    return f"the snapshot is {found.name}{where}"
